/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From damage to dumps: windows are read from where the X server keeps them off screen. */
#include <X11/Xutil.h>
#include <X11/extensions/Xcomposite.h>

#include "desktop.h"

void pixels_drop(struct desktop *desktop, struct pane *pane)
{
    if (pane->pixmap != None)
        XFreePixmap(desktop->display, pane->pixmap);
    pane->pixmap = None;
}

/* The image has 32 bits a pixel, in the byte order of this machine? */
static bool plain(const XImage *image)
{
    const int little = *(const char *)&(const int){1};

    return image->bits_per_pixel == 32 && image->byte_order == (little ? LSBFirst : MSBFirst);
}

/* Sends one part of a window, or leaves it dirty when the daemon is busy. */
static void send_part(struct desktop *desktop, struct pane *pane, const struct gui_agent_state *state)
{
    struct gui_rect part = pane->dirty;
    XImage *image;

    if (pane->pixmap == None)
        pane->pixmap = XCompositeNameWindowPixmap(desktop->display, pane->id);
    /* Before reading: what changes from now on is reported again. */
    XDamageSubtract(desktop->display, pane->damage, None, None);
    image = XGetImage(desktop->display, pane->pixmap, pane->border + (int)part.x, pane->border + (int)part.y, part.width,
                      part.height, AllPlanes, ZPixmap);
    pane->dirty = (struct gui_rect){0, 0, 0, 0};
    if (!image) {
        /* Resized meanwhile: its ConfigureNotify makes it dirty again. */
        pixels_drop(desktop, pane);
        return;
    }
    if (plain(image) && gui_agent_image(desktop->agent, (uint32_t)pane->id, state->width, state->height,
                                        (const uint32_t *)(const void *)image->data,
                                        (size_t)image->bytes_per_line / GUI_BYTES_PER_PIXEL, &part) == GUI_OK &&
        !gui_rect_empty(part))
        pane->dirty = part;
    XDestroyImage(image);
}

/* The window's state if its pixels are shown by the daemon, else NULL. */
static const struct gui_agent_state *shown(const struct desktop *desktop, const struct pane *pane)
{
    return pane->shown && pane->readable ? gui_agent_find(desktop->agent, (uint32_t)pane->id) : NULL;
}

void pixels_send(struct desktop *desktop)
{
    for (struct pane *pane = desktop->panes; pane; pane = pane->next) {
        const struct gui_agent_state *state = shown(desktop, pane);

        if (state && gui_agent_wants(desktop->agent, (uint32_t)pane->id, state->width, state->height, &pane->dirty))
            send_part(desktop, pane, state);
    }
}

bool pixels_due(const struct desktop *desktop)
{
    for (const struct pane *pane = desktop->panes; pane; pane = pane->next) {
        if (shown(desktop, pane) && !gui_rect_empty(pane->dirty))
            return true;
    }
    return false;
}
