/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What an agent hears from the daemon, and the pixels and text it sends. */
#include <string.h>

#include <qubes-gui/agent.h>
#include <qubes-gui/text.h>

#include "agent-parts.h"

/* No pixels are queued above this: what waits grows stale, and all else must not wait for it. */
#define PIXEL_BACKLOG (1u << 20)

/* The daemon's greeting, after which it hears of all windows. */
static enum gui_status greet(struct gui_agent *agent)
{
    uint8_t bytes[GUI_VERSION_SIZE + GUI_XCONF_SIZE];
    enum gui_status status = gui_link_take(&agent->link, bytes, sizeof bytes);
    uint32_t theirs, common;
    struct msg_xconf xconf;

    if (status != GUI_OK)
        return status;
    gui_decode_version(bytes, &theirs);
    status = gui_negotiate(theirs, &common);
    if (status != GUI_OK)
        return status;
    gui_decode_xconf(bytes + GUI_VERSION_SIZE, &xconf);
    agent->greeted = true;
    agent->ops->screen(agent->os, &xconf);
    for (struct gui_agent_window *window = agent->windows; window && status == GUI_OK; window = window->next) {
        window->dumped_width = window->dumped_height = 0;
        status = gui_agent_tell_new(agent, window);
        agent->ops->redraw(agent->os, window->id);
    }
    return status;
}

/* The daemon waits for the geometry that came of its wish, whether or not it was fulfilled. */
static enum gui_status configure(struct gui_agent *agent, struct gui_agent_window *window,
                                 const struct msg_configure *wish)
{
    struct gui_agent_state state = window->state;
    uint32_t id = window->id;

    if (wish->width && wish->height && wish->width <= GUI_MAX_WIDTH && wish->height <= GUI_MAX_HEIGHT) {
        state.x = (int32_t)wish->x;
        state.y = (int32_t)wish->y;
        state.width = wish->width;
        state.height = wish->height;
        agent->ops->configure(agent->os, id, &state);
        window = gui_agent_window(agent, id);
        if (!window)
            return GUI_OK;
        window->state = state;
    }
    return gui_agent_tell_configure(agent, id, &window->state);
}

static enum gui_status window_message(struct gui_agent *agent, const struct gui_message *message)
{
    const struct gui_agent_ops *ops = agent->ops;
    struct gui_agent_window *window = gui_agent_window(agent, message->window);

    /* Destroyed here while the message was on its way. */
    if (!window)
        return GUI_OK;
    switch (message->type) {
    case MSG_KEYPRESS:
        ops->key(agent->os, window->id, &message->body.keypress);
        break;
    case MSG_BUTTON:
        ops->button(agent->os, window->id, &message->body.button);
        break;
    case MSG_MOTION:
        ops->motion(agent->os, window->id, &message->body.motion);
        break;
    case MSG_CROSSING:
        ops->crossing(agent->os, window->id, &message->body.crossing);
        break;
    case MSG_FOCUS:
        ops->focus(agent->os, window->id, message->body.focus.type == GUI_FOCUS_IN);
        break;
    case MSG_CONFIGURE:
        return configure(agent, window, &message->body.configure);
    case MSG_CLOSE:
        ops->close(agent->os, window->id);
        break;
    case MSG_WINDOW_FLAGS:
        ops->flags(agent->os, window->id, message->body.flags.flags_set, message->body.flags.flags_unset);
        break;
    default: /* MSG_MAP: the daemon repeats what it was told */
        break;
    }
    return GUI_OK;
}

static enum gui_status dispatch(struct gui_agent *agent, const struct gui_message *message)
{
    switch (message->type) {
    case MSG_KEYMAP_NOTIFY:
        agent->ops->keymap(agent->os, message->body.keymap.keys);
        return GUI_OK;
    case MSG_CLIPBOARD_REQ:
        agent->ops->clipboard_wanted(agent->os);
        return GUI_OK;
    case MSG_CLIPBOARD_DATA:
        agent->ops->clipboard_given(agent->os, message->data, message->data_size);
        return GUI_OK;
    default:
        return window_message(agent, message);
    }
}

/* Everything that has arrived whole. GUI_INCOMPLETE is the good end. */
static enum gui_status drain(struct gui_agent *agent)
{
    enum gui_status status = agent->greeted ? GUI_OK : greet(agent);

    while (status == GUI_OK) {
        struct gui_message message;

        status = gui_link_next(&agent->link, &message);
        if (status == GUI_OK)
            status = dispatch(agent, &message);
    }
    return status;
}

enum gui_status gui_agent_pump(struct gui_agent *agent)
{
    enum gui_status status;

    if (!agent->connected)
        return GUI_CLOSED;
    do {
        status = gui_link_pump(&agent->link);
        if (status == GUI_OK)
            status = drain(agent);
    } while (status == GUI_INCOMPLETE && gui_link_readable(&agent->link));
    return status == GUI_INCOMPLETE ? gui_link_flush(&agent->link) : status;
}

bool gui_agent_wants(const struct gui_agent *agent, uint32_t id, uint32_t width, uint32_t height,
                     struct gui_rect *damage)
{
    const struct gui_agent_window *window = gui_agent_window(agent, id);

    if (!window || !gui_agent_ready(agent) || gui_link_backlog(&agent->link) > PIXEL_BACKLOG)
        return false;
    if (window->dumped_width != width || window->dumped_height != height)
        *damage = (struct gui_rect){0, 0, width, height};
    *damage = gui_rect_clip(*damage, width, height);
    return !gui_rect_empty(*damage);
}

/* Encodes the top rows of an area as one dump; *rows is how many. */
static enum gui_status dump(struct gui_agent *agent, struct gui_agent_window *window, const uint32_t *pixels,
                            size_t stride, struct gui_rect area, uint32_t *rows)
{
    struct gui_message message = {.type = MSG_WINDOW_DUMP, .window = window->id};
    uint8_t *out = agent->pixels;

    *rows = GUI_MAX_DUMP_PIXELS / area.width;
    if (*rows > area.height)
        *rows = area.height;
    for (uint32_t y = 0; y < *rows; y++) {
        const uint32_t *row = pixels + y * stride;

        for (uint32_t x = 0; x < area.width; x++, out += GUI_BYTES_PER_PIXEL) {
            out[0] = (uint8_t)row[x];
            out[1] = (uint8_t)(row[x] >> 8);
            out[2] = (uint8_t)(row[x] >> 16);
            out[3] = 0;
        }
    }
    message.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, window->dumped_width,
                                                         window->dumped_height, 8 * GUI_BYTES_PER_PIXEL};
    message.body.dump.part = (struct msg_window_dump_inband){area.x, area.y, area.width, *rows};
    message.data = agent->pixels;
    message.data_size = (size_t)(out - agent->pixels);
    return gui_agent_tell(agent, &message);
}

enum gui_status gui_agent_image(struct gui_agent *agent, uint32_t id, uint32_t width, uint32_t height,
                                const uint32_t *pixels, size_t stride, struct gui_rect *damage)
{
    struct gui_agent_window *window = gui_agent_window(agent, id);
    struct gui_message shown = {.type = MSG_SHMIMAGE, .window = id};
    enum gui_status status = GUI_OK;
    uint32_t top = damage->y;

    if (!window)
        return GUI_UNKNOWN_WINDOW;
    if (!width || !height || width > GUI_MAX_WIDTH || height > GUI_MAX_HEIGHT)
        return GUI_TOO_LARGE;
    if (!gui_rect_inside(*damage, width, height))
        return GUI_OUT_OF_BOUNDS;
    if (!gui_agent_ready(agent))
        return GUI_OK;
    window->dumped_width = width;
    window->dumped_height = height;
    while (status == GUI_OK && damage->height && gui_link_backlog(&agent->link) <= PIXEL_BACKLOG) {
        uint32_t rows;

        status = dump(agent, window, pixels, stride, *damage, &rows);
        pixels += rows * stride;
        damage->y += rows;
        damage->height -= rows;
    }
    if (status != GUI_OK || damage->y == top)
        return status;
    shown.body.shmimage = (struct msg_shmimage){damage->x, top, damage->width, damage->y - top};
    return gui_agent_tell(agent, &shown);
}

enum gui_status gui_agent_clipboard(struct gui_agent *agent, const char *text, size_t size)
{
    struct gui_message message = {.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)text};

    if (size > GUI_MAX_CLIPBOARD) {
        size = GUI_MAX_CLIPBOARD;
        while (size && ((uint8_t)text[size] & 0xc0) == 0x80)
            size--;
    }
    message.data_size = size;
    return gui_agent_tell(agent, &message);
}

enum gui_status gui_agent_flags(struct gui_agent *agent, uint32_t window, uint32_t set, uint32_t unset)
{
    struct gui_message message = {.type = MSG_WINDOW_FLAGS, .window = window};

    message.body.flags = (struct msg_window_flags){set, unset};
    return gui_agent_tell(agent, &message);
}
