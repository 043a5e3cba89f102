/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Top-level windows of the X server, and what the daemon is told about them. */
#include <stdlib.h>
#include <string.h>

#include <X11/Xatom.h>
#include <X11/Xutil.h>
#include <X11/extensions/Xfixes.h>

#include <qubes-gui/text.h>

#include "cursors.h"
#include "desktop.h"

/* Copies a text property; false when there is none. */
static bool read_text(struct desktop *desktop, Window window, Atom name, char *out, size_t size)
{
    unsigned char *data = NULL;
    unsigned long count = 0, after;
    int format = 0;
    Atom type;
    bool found;

    if (XGetWindowProperty(desktop->display, window, name, 0, (long)size, False, AnyPropertyType, &type, &format, &count,
                           &after, &data) != Success)
        return false;
    found = data && format == 8 && count > 0;
    if (found)
        gui_utf8_fit(out, size, (const char *)data, count);
    if (data)
        XFree(data);
    return found;
}

static void read_names(struct desktop *desktop, Window window, struct gui_agent_state *state)
{
    XClassHint class = {NULL, NULL};

    if (!read_text(desktop, window, desktop->atoms[NET_NAME], state->title, sizeof state->title))
        read_text(desktop, window, XA_WM_NAME, state->title, sizeof state->title);
    if (!XGetClassHint(desktop->display, window, &class))
        return;
    if (class.res_class)
        gui_utf8_fit(state->res_class, sizeof state->res_class, class.res_class, strlen(class.res_class));
    if (class.res_name)
        gui_utf8_fit(state->res_name, sizeof state->res_name, class.res_name, strlen(class.res_name));
    XFree(class.res_class);
    XFree(class.res_name);
}

static void read_hints(struct desktop *desktop, Window window, struct msg_window_hints *out)
{
    XSizeHints hints;
    long supplied;

    memset(out, 0, sizeof *out);
    if (!XGetWMNormalHints(desktop->display, window, &hints, &supplied))
        return;
    if (hints.flags & PMinSize) {
        out->flags |= GUI_HINT_MIN_SIZE;
        out->min_width = (uint32_t)hints.min_width;
        out->min_height = (uint32_t)hints.min_height;
    }
    if (hints.flags & PMaxSize) {
        out->flags |= GUI_HINT_MAX_SIZE;
        out->max_width = (uint32_t)hints.max_width;
        out->max_height = (uint32_t)hints.max_height;
    }
    if (hints.flags & PResizeInc) {
        out->flags |= GUI_HINT_RESIZE_INC;
        out->width_inc = (uint32_t)hints.width_inc;
        out->height_inc = (uint32_t)hints.height_inc;
    }
    if (hints.flags & PBaseSize) {
        out->flags |= GUI_HINT_BASE_SIZE;
        out->base_width = (uint32_t)hints.base_width;
        out->base_height = (uint32_t)hints.base_height;
    }
}

bool pane_read(struct desktop *desktop, struct pane *pane, struct gui_agent_state *state)
{
    XWindowAttributes attributes;
    Window owner = None;

    if (!XGetWindowAttributes(desktop->display, pane->id, &attributes) || attributes.class != InputOutput)
        return false;
    pane->border = attributes.border_width;
    pane->readable = attributes.visual->red_mask == 0xff0000 && attributes.visual->green_mask == 0xff00 &&
                     attributes.visual->blue_mask == 0xff;
    state->x = attributes.x + attributes.border_width;
    state->y = attributes.y + attributes.border_width;
    state->width = (uint32_t)attributes.width;
    state->height = (uint32_t)attributes.height;
    state->override_redirect = attributes.override_redirect;
    state->mapped = attributes.map_state == IsViewable;
    XGetTransientForHint(desktop->display, pane->id, &owner);
    state->transient_for = owner == desktop->root ? 0 : (uint32_t)owner;
    read_names(desktop, pane->id, state);
    read_hints(desktop, pane->id, &state->hints);
    return true;
}

/* Toolkits wait for this property, which a window manager would set. */
static void mark_state(struct desktop *desktop, Window window, bool mapped)
{
    const unsigned long state[2] = {mapped ? NormalState : WithdrawnState, None};

    XChangeProperty(desktop->display, window, desktop->atoms[STATE], desktop->atoms[STATE], 32, PropModeReplace,
                    (const unsigned char *)state, 2);
}

static struct pane *adopt(struct desktop *desktop, Window window)
{
    struct pane *pane;
    XWindowAttributes attributes;

    if (window == desktop->mine || !XGetWindowAttributes(desktop->display, window, &attributes) ||
        attributes.class != InputOutput)
        return NULL;
    pane = calloc(1, sizeof *pane);
    if (!pane)
        return NULL;
    pane->id = window;
    XSelectInput(desktop->display, window, PropertyChangeMask);
    pane->damage = XDamageCreate(desktop->display, window, XDamageReportBoundingBox);
    pane->next = desktop->panes;
    desktop->panes = pane;
    return pane;
}

void pane_update(struct desktop *desktop, Window window)
{
    struct pane *pane = desktop_pane(desktop, (uint32_t)window);
    const struct gui_agent_state *told;
    struct gui_agent_state state = {0};

    if (!pane)
        pane = adopt(desktop, window);
    if (!pane)
        return;
    told = gui_agent_find(desktop->agent, (uint32_t)window);
    if (told)
        state.cursor = told->cursor;
    if (!pane_read(desktop, pane, &state))
        return; /* its DestroyNotify is on the way */
    if (!told || told->width != state.width || told->height != state.height || pane->shown != state.mapped) {
        pixels_drop(desktop, pane);
        pane->dirty = (struct gui_rect){0, 0, state.width, state.height};
    }
    if (pane->shown != state.mapped && !state.override_redirect)
        mark_state(desktop, window, state.mapped);
    pane->shown = state.mapped;
    gui_agent_update(desktop->agent, (uint32_t)window, &state);
}

void pane_forget(struct desktop *desktop, Window window)
{
    for (struct pane **at = &desktop->panes; *at; at = &(*at)->next) {
        struct pane *pane = *at;

        if (pane->id != window)
            continue;
        *at = pane->next;
        XDamageDestroy(desktop->display, pane->damage);
        pixels_drop(desktop, pane);
        free(pane);
        gui_agent_remove(desktop->agent, (uint32_t)window);
        return;
    }
}

void panes_adopt_all(struct desktop *desktop)
{
    Window root, parent, *children = NULL;
    unsigned count = 0;

    if (!XQueryTree(desktop->display, desktop->root, &root, &parent, &children, &count))
        return;
    for (unsigned i = 0; i < count; i++)
        pane_update(desktop, children[i]);
    if (children)
        XFree(children);
}

/* The area is relative to the window inside its border. */
void pane_damaged(struct desktop *desktop, const XDamageNotifyEvent *event)
{
    struct pane *pane = desktop_pane(desktop, (uint32_t)event->drawable);
    struct gui_rect area = {(uint32_t)event->area.x, (uint32_t)event->area.y, event->area.width, event->area.height};

    if (pane)
        pane->dirty = gui_rect_union(pane->dirty, gui_rect_clip_signed(area, GUI_MAX_WIDTH, GUI_MAX_HEIGHT));
}

void pane_cursor_changed(struct desktop *desktop)
{
    Window root, child = None;
    int x, y, inner_x, inner_y;
    unsigned mask;
    const struct gui_agent_state *told;
    struct gui_agent_state state;
    XFixesCursorImage *image;

    if (!XQueryPointer(desktop->display, desktop->root, &root, &child, &x, &y, &inner_x, &inner_y, &mask))
        return;
    told = gui_agent_find(desktop->agent, (uint32_t)child);
    image = told ? XFixesGetCursorImage(desktop->display) : NULL;
    if (!image)
        return;
    state = *told;
    state.cursor = cursor_by_name(image->name);
    XFree(image);
    gui_agent_update(desktop->agent, (uint32_t)child, &state);
}
