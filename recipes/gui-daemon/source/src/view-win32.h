/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the two parts of the Win32 view, drawing and events, share. */
#ifndef GUID_VIEW_WIN32_H
#define GUID_VIEW_WIN32_H

#include <winsock2.h>
#include <windows.h>

#include "view.h"

/* The class of every window that shows a domain's; an agent on the same desktop leaves it out. */
#define VIEW_CLASS L"QubesGuiDaemon"

struct view {
    struct options options;
    struct session *session;
    HBRUSH border, blank;
    HICON icon;   /* a square in the label's colour */
    int applying; /* the session's wishes are being fulfilled: events they cause are not the user's */
    enum gui_status status;
};

struct native {
    HWND hwnd;
    struct view *view;
    struct window *window;
    bool override_redirect; /* as its style says */
    bool pointer_inside;
    int wheel, wheel_sideways; /* turned less than a notch */
};

static inline struct native *native(const struct window *window)
{
    return window->native;
}

/* Handles the messages of all windows. */
LRESULT CALLBACK view_procedure(HWND hwnd, UINT message, WPARAM wide, LPARAM lng);

/* Serves the agent for one turn; true when there is more at once. Ends the message loop at the end. */
bool view_turn(struct view *view);

/* Posted to a window by its own view: look where you are, look whether you have the focus. */
#define VIEW_LOOK_PLACE (WM_APP + 1)
#define VIEW_LOOK_FOCUS (WM_APP + 2)

void view_paint(struct native *mine);
HCURSOR view_cursor(const struct window *window);

#endif
