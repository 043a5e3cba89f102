/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What tells a desktop's task bar and window manager the domain's colour: an icon, and a scheme for KWin's title bars. */
#include "view-x11.h"

#include <X11/Xatom.h>
#include <stdio.h>
#include <string.h>

#define SIDE 32
#define OUTLINE 2
#define LIGHT 0xfff2f2f0ul /* so that black and gray show on a dark bar */

/* By EWMH, "_NET_WM_ICON": width, height, then ARGB in the low 32 bits of each long. */
static void set_icon(struct view *view, Window id)
{
    static unsigned long icon[2 + SIDE * SIDE];
    unsigned long colour = 0xff000000ul | view->options.colour;

    icon[0] = icon[1] = SIDE;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            bool outline = x < OUTLINE || y < OUTLINE || x >= SIDE - OUTLINE || y >= SIDE - OUTLINE;
            icon[2 + y * SIDE + x] = outline ? LIGHT : colour;
        }
    XChangeProperty(view->display, id, XInternAtom(view->display, "_NET_WM_ICON", False), XA_CARDINAL, 32,
                    PropModeReplace, (const unsigned char *)icon, 2 + SIDE * SIDE);
}

/* The file is desktop-linux-kde's; without it KWin takes the person's own colours. */
static void set_scheme(struct view *view, Window id)
{
    char path[64];

    snprintf(path, sizeof path, "/usr/share/qubes/color-schemes/qubes-%06x.colors", (unsigned)view->options.colour);
    XChangeProperty(view->display, id, XInternAtom(view->display, "_KDE_NET_WM_COLOR_SCHEME", False), XA_STRING, 8,
                    PropModeReplace, (const unsigned char *)path, (int)strlen(path));
}

void view_set_hints(struct view *view, Window id)
{
    set_icon(view, id);
    set_scheme(view, id);
}
