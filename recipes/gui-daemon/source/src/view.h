/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The GUI domain's desktop: one implementation for each window system. */
#ifndef GUID_VIEW_H
#define GUID_VIEW_H

#include <libvchan.h>

#include "options.h"
#include "session.h"

struct view;

/* Why not is on standard error when it gives NULL. */
struct view *view_open(const struct options *options);

void view_close(struct view *view);

/* The whole desktop, all screens together. */
struct place view_area(const struct view *view);

/* What a session needs; its desktop pointer is the view. */
extern const struct desktop_ops view_ops;

/* Serves the user and the agent until the session is over, and says why it is. */
enum gui_status view_run(struct view *view, struct session *session, libvchan_t *vchan);

#endif
