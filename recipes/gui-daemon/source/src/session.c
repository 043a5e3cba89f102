/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A session's life: greeting, messages, end. */
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "session-parts.h"

/* Two clipboards and a thousand key presses. */
#define OUT_LIMIT (256u << 10)

/* Messages in one turn, so that a flood does not keep the user's input from being read. */
#define TURN 256

enum gui_status session_open(struct session *session, const char *domain, struct gui_transport transport,
                             const struct desktop_ops *ops, void *desktop, struct place area)
{
    memset(session, 0, sizeof *session);
    snprintf(session->domain, sizeof session->domain, "%s", domain);
    session->ops = ops;
    session->desktop = desktop;
    session->area = area;
    return gui_link_open(&session->link, transport, GUI_TO_DAEMON, OUT_LIMIT);
}

/* The agent was told at its greeting; the protocol has no later word for it. */
void session_resize_desktop(struct session *session, struct place area)
{
    session->area = area;
}

void session_close(struct session *session)
{
    struct window *window;

    while ((window = windows_any(&session->windows))) {
        session->ops->destroy(session->desktop, window);
        surface_free(&window->surface, &session->pixel_bytes);
        windows_remove(&session->windows, window);
    }
    gui_link_close(&session->link);
}

void session_send(struct session *session, const struct gui_message *message)
{
    enum gui_status status;

    if (!session->greeted || session->ended != GUI_OK)
        return;
    status = gui_link_send(&session->link, message);
    if (status != GUI_OK)
        session->ended = status;
}

/* The agent speaks first; the daemon answers with its version and its desktop. */
static enum gui_status greet(struct session *session)
{
    uint8_t theirs[GUI_VERSION_SIZE], ours[GUI_VERSION_SIZE + GUI_XCONF_SIZE];
    const struct place *area = &session->area;
    struct msg_xconf xconf = {area->width, area->height, 24,
                              (uint32_t)((uint64_t)area->width * area->height * GUI_BYTES_PER_PIXEL / 1024 + 1)};
    uint32_t version, common;
    enum gui_status status = gui_link_take(&session->link, theirs, sizeof theirs);

    if (status != GUI_OK)
        return status;
    gui_decode_version(theirs, &version);
    status = gui_negotiate(version, &common);
    if (status != GUI_OK)
        return status;
    gui_encode_version(GUI_PROTOCOL_VERSION, ours);
    gui_encode_xconf(&xconf, ours + GUI_VERSION_SIZE);
    session->greeted = true;
    return gui_link_put(&session->link, ours, sizeof ours);
}

static enum gui_status turn(struct session *session, bool *more)
{
    enum gui_status status = gui_link_pump(&session->link);

    if (status == GUI_OK && !session->greeted)
        status = greet(session);
    for (unsigned i = 0; status == GUI_OK && i < TURN; i++) {
        struct gui_message message = {0};

        status = gui_link_next(&session->link, &message);
        session->ended_type = status == GUI_CLOSED ? 0 : message.type;
        if (status == GUI_OK)
            status = session_handle(session, &message);
    }
    session_paint(session);
    *more = status == GUI_OK || (status == GUI_INCOMPLETE && gui_link_readable(&session->link));
    return status == GUI_INCOMPLETE ? gui_link_flush(&session->link) : status;
}

enum gui_status session_pump(struct session *session, bool *more)
{
    enum gui_status status;

    *more = false;
    if (session->ended != GUI_OK)
        return session->ended;
    status = turn(session, more);
    if (session->ended == GUI_OK)
        session->ended = status;
    return session->ended;
}
