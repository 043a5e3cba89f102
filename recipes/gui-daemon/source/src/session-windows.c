/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the agent says about its windows. This is where hostile values become windows. */
#include <string.h>

#include "session-parts.h"

/* Windows of no size or beyond the protocol's limits do not exist in honest domains. */
static enum gui_status take_place(struct session *session, struct window *window, const struct place *place,
                                  bool override_redirect)
{
    if (!place->width || !place->height || place->width > GUI_MAX_WIDTH || place->height > GUI_MAX_HEIGHT)
        return GUI_TOO_LARGE;
    window->place = *place;
    window->override_redirect = override_redirect;
    sanitise_place(&window->place, &session->area, &window->override_redirect);
    return GUI_OK;
}

static void take_title(struct session *session, struct window *window, const char *title, size_t size)
{
    sanitise_title(window->title, session->domain, title, size);
    session->ops->title(session->desktop, window);
}

/* The domain's name comes first in the class too, so that desktop rules can tell domains apart. */
static void take_class(struct session *session, struct window *window, const struct msg_wmclass *body)
{
    size_t length = strlen(session->domain);

    memcpy(window->res_class, session->domain, length);
    window->res_class[length] = ':';
    sanitise_class(window->res_class + length + 1, sizeof window->res_class - length - 1, body->res_class,
                   sizeof body->res_class);
    sanitise_class(window->res_name, sizeof window->res_name, body->res_name, sizeof body->res_name);
    session->ops->class(session->desktop, window);
}

static void discard(struct session *session, struct window *window)
{
    session_forget_window(session, window);
    session->ops->destroy(session->desktop, window);
    surface_free(&window->surface, &session->pixel_bytes);
    windows_remove(&session->windows, window);
}

static enum gui_status create(struct session *session, uint32_t id, const struct msg_create *body)
{
    struct place place = {(int32_t)body->x, (int32_t)body->y, body->width, body->height};
    enum gui_status status;
    struct window *window = windows_add(&session->windows, id, &status);

    if (!window)
        return status;
    status = take_place(session, window, &place, body->override_redirect != 0);
    if (status == GUI_OK && !session->ops->create(session->desktop, window))
        status = GUI_NO_MEMORY;
    if (status != GUI_OK) {
        windows_remove(&session->windows, window);
        return status;
    }
    take_title(session, window, "", 0);
    take_class(session, window, &(struct msg_wmclass){"", ""});
    return GUI_OK;
}

/* The owner if it exists and is not, over any number of owners, owned by the window itself. */
static uint32_t owner_of(const struct session *session, const struct window *window, uint32_t wanted)
{
    const struct window *owner = windows_find(&session->windows, wanted);
    uint32_t found = owner ? wanted : 0;

    for (size_t steps = 0; owner && steps < MAX_WINDOWS; steps++) {
        if (owner == window)
            return 0;
        owner = windows_find(&session->windows, owner->transient_for);
    }
    return found;
}

static void map(struct session *session, struct window *window, const struct msg_map_info *body)
{
    bool override_redirect = body->override_redirect != 0;

    sanitise_place(&window->place, &session->area, &override_redirect);
    window->override_redirect = override_redirect;
    window->transient_for = owner_of(session, window, body->transient_for);
    window->mapped = true;
    session->ops->show(session->desktop, window);
}

/*
 * While an answer to the user's wish is awaited, any geometry from the agent is that answer: the
 * window stays where the user put it, even if the application took another size. Otherwise an
 * application and a window manager of different minds would fight forever.
 */
static enum gui_status configure(struct session *session, struct window *window, const struct msg_configure *body)
{
    struct window before = *window;
    struct place place = {(int32_t)body->x, (int32_t)body->y, body->width, body->height};
    enum gui_status status = take_place(session, window, &place, body->override_redirect != 0);

    if (status != GUI_OK)
        return status;
    if (window->asked) {
        window->place = before.place;
        window->override_redirect = before.override_redirect;
        session_answered(session, window);
        return GUI_OK;
    }
    if (before.override_redirect != window->override_redirect)
        session->ops->show(session->desktop, window);
    else if (memcmp(&before.place, &window->place, sizeof before.place) != 0)
        session->ops->place(session->desktop, window);
    return GUI_OK;
}

/* However often an agent asks, a window is painted once a turn. */
static void repaint(struct window *window, const struct msg_shmimage *body)
{
    struct gui_rect rect = gui_rect_clip_signed((struct gui_rect){body->x, body->y, body->width, body->height},
                                                window->surface.width, window->surface.height);

    window->dirty = gui_rect_union(window->dirty, rect);
}

void session_paint(struct session *session)
{
    struct window *window = NULL;

    while ((window = windows_after(&session->windows, window))) {
        /* The surface may have become smaller since. */
        struct gui_rect rect = gui_rect_clip(window->dirty, window->surface.width, window->surface.height);

        window->dirty = (struct gui_rect){0, 0, 0, 0};
        if (!gui_rect_empty(rect))
            session->ops->paint(session->desktop, window, rect);
    }
}

/* Full screen would hide the border and every other domain: it is not granted. */
static void flags(struct session *session, struct window *window, const struct msg_window_flags *body)
{
    struct gui_message refusal = {.type = MSG_WINDOW_FLAGS, .window = window->id};

    if (body->flags_set & GUI_FLAG_MINIMIZE)
        session->ops->minimise(session->desktop, window);
    if ((body->flags_set | body->flags_unset) & GUI_FLAG_DEMANDS_ATTENTION)
        session->ops->attention(session->desktop, window, (body->flags_set & GUI_FLAG_DEMANDS_ATTENTION) != 0);
    if (body->flags_set & GUI_FLAG_FULLSCREEN) {
        refusal.body.flags.flags_unset = GUI_FLAG_FULLSCREEN;
        session_send(session, &refusal);
    }
}

/*
 * Only what the user asked for, once each time, and while the user is still there: an answer held
 * back would replace what was copied from another domain since.
 */
static enum gui_status clipboard(struct session *session, const struct gui_message *message)
{
    if (session->clipboard_stale) {
        session->clipboard_stale--;
        return GUI_OK;
    }
    if (!session->clipboard_wanted)
        return GUI_UNSOLICITED_CLIPBOARD;
    session->clipboard_wanted--;
    session->ops->clipboard_put(session->desktop, message->data, message->data_size);
    return GUI_OK;
}

static enum gui_status change(struct session *session, struct window *window, const struct gui_message *message)
{
    switch (message->type) {
    case MSG_DESTROY:
        discard(session, window);
        return GUI_OK;
    case MSG_MAP:
        map(session, window, &message->body.map);
        return GUI_OK;
    case MSG_UNMAP:
        window->mapped = false;
        session->ops->show(session->desktop, window);
        return GUI_OK;
    case MSG_CONFIGURE:
        return configure(session, window, &message->body.configure);
    case MSG_WINDOW_DUMP:
        return surface_write(&window->surface, &message->body.dump.hdr, &message->body.dump.part, message->data,
                             message->data_size, &session->pixel_bytes, PIXEL_LIMIT);
    case MSG_SHMIMAGE:
        repaint(window, &message->body.shmimage);
        return GUI_OK;
    case MSG_WMNAME:
        take_title(session, window, message->body.wmname.data, sizeof message->body.wmname.data);
        return GUI_OK;
    case MSG_WMCLASS:
        take_class(session, window, &message->body.wmclass);
        return GUI_OK;
    case MSG_WINDOW_HINTS:
        window->hints = message->body.hints;
        sanitise_hints(&window->hints);
        session->ops->hints(session->desktop, window);
        return GUI_OK;
    case MSG_WINDOW_FLAGS:
        flags(session, window, &message->body.flags);
        return GUI_OK;
    case MSG_CURSOR:
        window->cursor = sanitise_cursor(message->body.cursor.cursor);
        session->ops->cursor(session->desktop, window);
        return GUI_OK;
    default: /* MSG_DOCK: there is no tray for app domains, its icon is a window like others */
        return GUI_OK;
    }
}

enum gui_status session_handle(struct session *session, const struct gui_message *message)
{
    struct window *window;

    if (message->type == MSG_CLIPBOARD_DATA)
        return clipboard(session, message);
    if (message->type == MSG_CREATE)
        return create(session, message->window, &message->body.create);
    window = windows_find(&session->windows, message->window);
    return window ? change(session, window, message) : GUI_UNKNOWN_WINDOW;
}
