/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the two parts of the X11 view, drawing and events, share. */
#ifndef GUID_VIEW_X11_H
#define GUID_VIEW_X11_H

#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "view.h"

enum atom { DELETE_WINDOW, PROTOCOLS, NET_NAME, UTF8, VM_NAME, LABEL_COLOUR, WM_CHECK, STATE, ATTENTION, ATOMS };

struct view {
    Display *display;
    Window root;
    Visual *visual;
    int depth;
    GC gc;
    XContext context; /* X window to struct window */
    Atom atoms[ATOMS];
    struct options options;
    struct place area; /* of the root window */
    struct session *session;
};

struct native {
    Window id;
    bool override_redirect;     /* as the X server knows it */
    bool shown;
    unsigned long placed_serial; /* the last request that placed it: older reports are stale */
};

static inline struct native *native(const struct window *window)
{
    return window->native;
}

/* The X window's place: the pixels and the border around them. */
static inline XRectangle outer(const struct window *window)
{
    uint32_t border = border_of(window);

    return (XRectangle){(short)(window->place.x - (int32_t)border), (short)(window->place.y - (int32_t)border),
                        (unsigned short)(window->place.width + 2 * border),
                        (unsigned short)(window->place.height + 2 * border)};
}

/* Sets what desktops show of a window besides its pixels. The domain has no part in it. */
void view_set_hints(struct view *view, Window id);

/* Draws everything: border, pixels, and nothing where there are none. */
void view_draw(struct view *view, struct window *window);

/* Is there a window manager that gives the focus? Without one a click does. */
bool view_managed(struct view *view);

#endif
