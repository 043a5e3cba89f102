/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The agent's connection and its table of windows. */
#include <qubes-gui/agent.h>

#include <stdlib.h>
#include <string.h>

#include <qubes-gui/text.h>

#include "agent-parts.h"

/* Pixels wait in the app domain, not in this queue: it holds little more than one dump. */
#define OUT_LIMIT (4u << 20)

void gui_agent_init(struct gui_agent *agent, const struct gui_agent_ops *ops, void *os)
{
    memset(agent, 0, sizeof *agent);
    agent->ops = ops;
    agent->os = os;
}

bool gui_agent_ready(const struct gui_agent *agent)
{
    return agent->connected && agent->greeted;
}

enum gui_status gui_agent_connect(struct gui_agent *agent, struct gui_transport transport)
{
    uint8_t hello[GUI_VERSION_SIZE];
    enum gui_status status;

    gui_agent_disconnect(agent);
    status = gui_link_open(&agent->link, transport, GUI_TO_AGENT, OUT_LIMIT);
    if (status != GUI_OK)
        return status;
    agent->connected = true;
    agent->pixels = malloc(GUI_MAX_DUMP_PIXELS * GUI_BYTES_PER_PIXEL);
    if (!agent->pixels)
        return GUI_NO_MEMORY;
    gui_encode_version(GUI_PROTOCOL_VERSION, hello);
    return gui_link_put(&agent->link, hello, sizeof hello);
}

void gui_agent_disconnect(struct gui_agent *agent)
{
    if (agent->connected)
        gui_link_close(&agent->link);
    free(agent->pixels);
    agent->pixels = NULL;
    agent->connected = agent->greeted = false;
}

void gui_agent_free(struct gui_agent *agent)
{
    gui_agent_disconnect(agent);
    while (agent->windows) {
        struct gui_agent_window *next = agent->windows->next;

        free(agent->windows);
        agent->windows = next;
    }
}

enum gui_status gui_agent_tell(struct gui_agent *agent, const struct gui_message *message)
{
    enum gui_status status;

    if (!gui_agent_ready(agent))
        return GUI_OK;
    status = gui_link_send(&agent->link, message);
    if (status == GUI_FULL)
        agent->link.broken = GUI_FULL;
    return status;
}

struct gui_agent_window *gui_agent_window(const struct gui_agent *agent, uint32_t id)
{
    struct gui_agent_window *window = agent->windows;

    while (window && window->id != id)
        window = window->next;
    return window;
}

const struct gui_agent_state *gui_agent_find(const struct gui_agent *agent, uint32_t window)
{
    const struct gui_agent_window *found = gui_agent_window(agent, window);

    return found ? &found->state : NULL;
}

static enum gui_status tell_create(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_CREATE, .window = id};

    message.body.create = (struct msg_create){(uint32_t)state->x, (uint32_t)state->y,           state->width,
                                              state->height,      0, state->override_redirect};
    return gui_agent_tell(agent, &message);
}

enum gui_status gui_agent_tell_configure(struct gui_agent *agent, uint32_t id,
                                         const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_CONFIGURE, .window = id};

    message.body.configure = (struct msg_configure){(uint32_t)state->x, (uint32_t)state->y, state->width,
                                                    state->height, state->override_redirect};
    return gui_agent_tell(agent, &message);
}

static enum gui_status tell_map(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_MAP, .window = id};

    if (!state->mapped)
        message.type = MSG_UNMAP;
    else
        message.body.map = (struct msg_map_info){state->transient_for, state->override_redirect};
    return gui_agent_tell(agent, &message);
}

static enum gui_status tell_title(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_WMNAME, .window = id};

    gui_utf8_fit(message.body.wmname.data, sizeof message.body.wmname.data, state->title, sizeof state->title);
    return gui_agent_tell(agent, &message);
}

static enum gui_status tell_class(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_WMCLASS, .window = id};
    struct msg_wmclass *body = &message.body.wmclass;

    gui_utf8_fit(body->res_class, sizeof body->res_class, state->res_class, sizeof state->res_class);
    gui_utf8_fit(body->res_name, sizeof body->res_name, state->res_name, sizeof state->res_name);
    return gui_agent_tell(agent, &message);
}

static enum gui_status tell_hints(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_WINDOW_HINTS, .window = id};

    message.body.hints = state->hints;
    return gui_agent_tell(agent, &message);
}

static enum gui_status tell_cursor(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_message message = {.type = MSG_CURSOR, .window = id};

    message.body.cursor.cursor = state->cursor;
    return gui_agent_tell(agent, &message);
}

/* What is told of a window, in this order, when the two states differ in it. */
static bool moved(const struct gui_agent_state *a, const struct gui_agent_state *b)
{
    return a->x != b->x || a->y != b->y || a->width != b->width || a->height != b->height ||
           a->override_redirect != b->override_redirect;
}

static bool renamed(const struct gui_agent_state *a, const struct gui_agent_state *b)
{
    return memcmp(a->title, b->title, sizeof a->title) != 0;
}

static bool reclassed(const struct gui_agent_state *a, const struct gui_agent_state *b)
{
    return memcmp(a->res_class, b->res_class, sizeof a->res_class) != 0 ||
           memcmp(a->res_name, b->res_name, sizeof a->res_name) != 0;
}

static bool rehinted(const struct gui_agent_state *a, const struct gui_agent_state *b)
{
    return memcmp(&a->hints, &b->hints, sizeof a->hints) != 0;
}

static bool repointed(const struct gui_agent_state *a, const struct gui_agent_state *b)
{
    return a->cursor != b->cursor;
}

static bool remapped(const struct gui_agent_state *a, const struct gui_agent_state *b)
{
    return a->mapped != b->mapped || (b->mapped && a->transient_for != b->transient_for);
}

static const struct {
    bool (*differs)(const struct gui_agent_state *, const struct gui_agent_state *);
    enum gui_status (*tell)(struct gui_agent *, uint32_t, const struct gui_agent_state *);
} aspects[] = {
    {moved, gui_agent_tell_configure}, {reclassed, tell_class}, {rehinted, tell_hints},
    {renamed, tell_title},   {repointed, tell_cursor}, {remapped, tell_map},
};

static enum gui_status tell_changes(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *before,
                                    const struct gui_agent_state *after)
{
    enum gui_status status = GUI_OK;

    for (size_t i = 0; status == GUI_OK && i < sizeof aspects / sizeof aspects[0]; i++) {
        if (aspects[i].differs(before, after))
            status = aspects[i].tell(agent, id, after);
    }
    return status;
}

/* A window the daemon has never heard of: created as it is, the rest told as changes. */
enum gui_status gui_agent_tell_new(struct gui_agent *agent, const struct gui_agent_window *window)
{
    struct gui_agent_state blank = {.x = window->state.x,
                                    .y = window->state.y,
                                    .width = window->state.width,
                                    .height = window->state.height,
                                    .override_redirect = window->state.override_redirect};
    enum gui_status status = tell_create(agent, window->id, &window->state);

    return status == GUI_OK ? tell_changes(agent, window->id, &blank, &window->state) : status;
}

enum gui_status gui_agent_update(struct gui_agent *agent, uint32_t id, const struct gui_agent_state *state)
{
    struct gui_agent_window *window = gui_agent_window(agent, id);
    struct gui_agent_state before;

    if (!state->width || !state->height || state->width > GUI_MAX_WIDTH || state->height > GUI_MAX_HEIGHT)
        return GUI_TOO_LARGE;
    if (window) {
        before = window->state;
        window->state = *state;
        window->generation = agent->generation;
        return tell_changes(agent, id, &before, state);
    }
    window = calloc(1, sizeof *window);
    if (!window)
        return GUI_NO_MEMORY;
    window->id = id;
    window->generation = agent->generation;
    window->state = *state;
    window->next = agent->windows;
    agent->windows = window;
    return gui_agent_tell_new(agent, window);
}

void gui_agent_remove(struct gui_agent *agent, uint32_t id)
{
    struct gui_message message = {.type = MSG_DESTROY, .window = id};

    for (struct gui_agent_window **at = &agent->windows; *at; at = &(*at)->next) {
        struct gui_agent_window *window = *at;

        if (window->id != id)
            continue;
        *at = window->next;
        free(window);
        gui_agent_tell(agent, &message);
        return;
    }
}

void gui_agent_begin_scan(struct gui_agent *agent)
{
    agent->generation++;
}

void gui_agent_end_scan(struct gui_agent *agent)
{
    struct gui_agent_window *window = agent->windows;

    while (window) {
        struct gui_agent_window *next = window->next;

        if (window->generation != agent->generation)
            gui_agent_remove(agent, window->id);
        window = next;
    }
}
