/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the parts of a session share. */
#ifndef GUID_SESSION_PARTS_H
#define GUID_SESSION_PARTS_H

#include "session.h"

/* Queues a message; an agent that never reads is given up. */
void session_send(struct session *session, const struct gui_message *message);

/* Handles one decoded message from the agent. */
enum gui_status session_handle(struct session *session, const struct gui_message *message);

/* Paints what the messages of this turn have changed. */
void session_paint(struct session *session);

/* The agent answered a wish for geometry, which may have changed meanwhile. */
void session_answered(struct session *session, struct window *window);

/* Nothing is pressed any more as far as the agent knows. */
void session_release_all(struct session *session);

/* The window is about to go: nothing may refer to it. */
void session_forget_window(struct session *session, const struct window *window);

#endif
