/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* An X11 desktop. Each window is one X window: the border and the domain's pixels, drawn here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xatom.h>

#include "os.h"
#include "view-x11.h"

/* Shown where the domain has not sent pixels. */
#define BLANK 0x000000ul

#define EVENTS                                                                                            \
    (ExposureMask | KeyPressMask | KeyReleaseMask | ButtonPressMask | ButtonReleaseMask | PointerMotionMask | \
     EnterWindowMask | LeaveWindowMask | FocusChangeMask | StructureNotifyMask)

static const char *const atom_names[ATOMS] = {
    "WM_DELETE_WINDOW", "WM_PROTOCOLS",       "_NET_WM_NAME",            "UTF8_STRING",   "_QUBES_VMNAME",
    "_QUBES_LABEL_COLOR", "_NET_SUPPORTING_WM_CHECK", "_NET_WM_STATE", "_NET_WM_STATE_DEMANDS_ATTENTION",
};

/* Windows can vanish under us at any time; the X server says so and nothing is lost. */
static int ignore_error(Display *display, XErrorEvent *error)
{
    (void)display;
    (void)error;
    return 0;
}

struct view *view_open(const struct options *options)
{
    struct view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->options = *options;
    view->display = XOpenDisplay(NULL);
    if (!view->display) {
        fprintf(stderr, "qubes-guid: cannot open display %s\n", XDisplayName(NULL));
        free(view);
        return NULL;
    }
    view->root = DefaultRootWindow(view->display);
    view->visual = DefaultVisual(view->display, DefaultScreen(view->display));
    view->depth = DefaultDepth(view->display, DefaultScreen(view->display));
    if (view->depth != 24 || view->visual->red_mask != 0xff0000 || view->visual->green_mask != 0xff00 ||
        view->visual->blue_mask != 0xff) {
        fprintf(stderr, "qubes-guid: display %s has no 24-bit colour\n", XDisplayName(NULL));
        view_close(view);
        return NULL;
    }
    view->area = (struct place){0, 0, (uint32_t)DisplayWidth(view->display, DefaultScreen(view->display)),
                                (uint32_t)DisplayHeight(view->display, DefaultScreen(view->display))};
    XSelectInput(view->display, view->root, StructureNotifyMask);
    view->gc = XCreateGC(view->display, view->root, 0, NULL);
    view->context = XUniqueContext();
    XInternAtoms(view->display, (char **)atom_names, ATOMS, False, view->atoms);
    XSetErrorHandler(ignore_error);
    return view;
}

void view_close(struct view *view)
{
    if (view->gc)
        XFreeGC(view->display, view->gc);
    XCloseDisplay(view->display);
    free(view);
}

struct place view_area(const struct view *view)
{
    return view->area;
}

bool view_managed(struct view *view)
{
    Atom type;
    int format;
    unsigned long count = 0, after;
    unsigned char *data = NULL;

    XGetWindowProperty(view->display, view->root, view->atoms[WM_CHECK], 0, 1, False, XA_WINDOW, &type, &format,
                       &count, &after, &data);
    if (data)
        XFree(data);
    return count == 1;
}

static void set_properties(struct view *view, Window id)
{
    XWMHints hints = {.flags = InputHint, .input = True};
    unsigned long colour = view->options.colour;

    XSetWMHints(view->display, id, &hints);
    XSetWMProtocols(view->display, id, &view->atoms[DELETE_WINDOW], 1);
    XChangeProperty(view->display, id, view->atoms[VM_NAME], XA_STRING, 8, PropModeReplace,
                    (const unsigned char *)view->options.domain, (int)strlen(view->options.domain));
    XChangeProperty(view->display, id, view->atoms[LABEL_COLOUR], XA_CARDINAL, 32, PropModeReplace,
                    (const unsigned char *)&colour, 1);
    view_set_hints(view, id);
}

static bool on_create(void *desktop, struct window *window)
{
    struct view *view = desktop;
    XRectangle place = outer(window);
    XSetWindowAttributes attributes = {.override_redirect = window->override_redirect, .event_mask = EVENTS};
    struct native *mine = calloc(1, sizeof *mine);

    if (!mine)
        return false;
    mine->override_redirect = window->override_redirect;
    mine->id = XCreateWindow(view->display, view->root, place.x, place.y, place.width, place.height, 0, view->depth,
                             InputOutput, view->visual, CWOverrideRedirect | CWEventMask, &attributes);
    window->native = mine;
    XSaveContext(view->display, mine->id, view->context, (XPointer)window);
    set_properties(view, mine->id);
    return true;
}

static void on_destroy(void *desktop, struct window *window)
{
    struct view *view = desktop;

    XDeleteContext(view->display, native(window)->id, view->context);
    XDestroyWindow(view->display, native(window)->id);
    free(window->native);
    window->native = NULL;
}

static void on_place(void *desktop, struct window *window)
{
    struct view *view = desktop;
    XRectangle place = outer(window);

    native(window)->placed_serial = NextRequest(view->display);
    XMoveResizeWindow(view->display, native(window)->id, place.x, place.y, place.width, place.height);
}

static void on_title(void *desktop, struct window *window)
{
    struct view *view = desktop;
    const Atom names[] = {XA_WM_NAME, view->atoms[NET_NAME]};

    for (size_t i = 0; i < 2; i++)
        XChangeProperty(view->display, native(window)->id, names[i], view->atoms[UTF8], 8, PropModeReplace,
                        (const unsigned char *)window->title, (int)strlen(window->title));
}

static void on_class(void *desktop, struct window *window)
{
    struct view *view = desktop;
    XClassHint hint = {window->res_name, window->res_class};

    XSetClassHint(view->display, native(window)->id, &hint);
}

/* Sizes of the domain's pixels become those of the X window. Static gravity: positions are its own. */
static void on_hints(void *desktop, struct window *window)
{
    struct view *view = desktop;
    const struct msg_window_hints *hints = &window->hints;
    int border = 2 * (int)border_of(window);
    XSizeHints *size = XAllocSizeHints();

    if (!size)
        return;
    size->flags = PWinGravity | PPosition;
    size->win_gravity = StaticGravity;
    if (hints->flags & GUI_HINT_MIN_SIZE)
        size->flags |= PMinSize;
    if (hints->flags & GUI_HINT_MAX_SIZE)
        size->flags |= PMaxSize;
    if (hints->flags & GUI_HINT_RESIZE_INC)
        size->flags |= PResizeInc;
    if (hints->flags & GUI_HINT_BASE_SIZE)
        size->flags |= PBaseSize;
    size->min_width = (int)hints->min_width + border;
    size->min_height = (int)hints->min_height + border;
    size->max_width = (int)hints->max_width + border;
    size->max_height = (int)hints->max_height + border;
    size->width_inc = (int)hints->width_inc;
    size->height_inc = (int)hints->height_inc;
    size->base_width = (int)hints->base_width + border;
    size->base_height = (int)hints->base_height + border;
    XSetWMNormalHints(view->display, native(window)->id, size);
    XFree(size);
}

static void hide(struct view *view, struct window *window)
{
    if (native(window)->override_redirect)
        XUnmapWindow(view->display, native(window)->id);
    else
        XWithdrawWindow(view->display, native(window)->id, DefaultScreen(view->display));
    native(window)->shown = false;
}

static void on_show(void *desktop, struct window *window)
{
    struct view *view = desktop;
    struct native *mine = native(window);
    struct window *owner = windows_find(&view->session->windows, window->transient_for);
    XSetWindowAttributes attributes = {.override_redirect = window->override_redirect};

    if (mine->shown && (!window->mapped || mine->override_redirect != window->override_redirect))
        hide(view, window);
    if (mine->override_redirect != window->override_redirect)
        XChangeWindowAttributes(view->display, mine->id, CWOverrideRedirect, &attributes);
    mine->override_redirect = window->override_redirect;
    on_place(view, window);
    if (owner)
        XSetTransientForHint(view->display, mine->id, native(owner)->id);
    else
        XDeleteProperty(view->display, mine->id, XA_WM_TRANSIENT_FOR);
    if (!window->mapped)
        return;
    on_hints(view, window);
    XMapRaised(view->display, mine->id);
    mine->shown = true;
}

static void on_cursor(void *desktop, struct window *window)
{
    struct view *view = desktop;
    Cursor cursor = None;

    if (window->cursor != GUI_CURSOR_DEFAULT)
        cursor = XCreateFontCursor(view->display, window->cursor - GUI_CURSOR_X11);
    XDefineCursor(view->display, native(window)->id, cursor);
    if (cursor != None)
        XFreeCursor(view->display, cursor);
}

/* The part of a window's pixels that lies on the desktop: more is not worth sending to the X server. */
static struct gui_rect on_desktop(const struct view *view, const struct window *window, struct gui_rect rect)
{
    uint32_t x = (uint32_t)window->place.x, y = (uint32_t)window->place.y;

    rect = gui_rect_clip_signed((struct gui_rect){rect.x + x, rect.y + y, rect.width, rect.height},
                                view->area.width, view->area.height);
    return (struct gui_rect){rect.x - x, rect.y - y, rect.width, rect.height};
}

/* Only pixels within both the surface and the window's place: the border is never reached. */
static void on_paint(void *desktop, struct window *window, struct gui_rect rect)
{
    struct view *view = desktop;
    const struct surface *surface = &window->surface;
    int border = (int)border_of(window);
    XImage *image;

    rect = gui_rect_clip(rect, surface->width, surface->height);
    rect = gui_rect_clip(rect, window->place.width, window->place.height);
    rect = on_desktop(view, window, rect);
    if (gui_rect_empty(rect))
        return;
    image = XCreateImage(view->display, view->visual, (unsigned)view->depth, ZPixmap, 0, (char *)surface->pixels,
                         surface->width, surface->height, 32, (int)(surface->width * sizeof *surface->pixels));
    if (!image)
        return;
    /* The pixels are native integers, whatever the X server's order. */
    image->byte_order = *(const char *)&(const int){1} ? LSBFirst : MSBFirst;
    XPutImage(view->display, native(window)->id, view->gc, image, (int)rect.x, (int)rect.y, border + (int)rect.x,
              border + (int)rect.y, rect.width, rect.height);
    image->data = NULL;
    XDestroyImage(image);
}

static void on_minimise(void *desktop, struct window *window)
{
    struct view *view = desktop;

    if (native(window)->shown && !native(window)->override_redirect)
        XIconifyWindow(view->display, native(window)->id, DefaultScreen(view->display));
}

static void on_attention(void *desktop, struct window *window, bool wanted)
{
    struct view *view = desktop;
    XEvent event = {.xclient = {.type = ClientMessage,
                                .window = native(window)->id,
                                .message_type = view->atoms[STATE],
                                .format = 32,
                                .data.l = {wanted, (long)view->atoms[ATTENTION], 0, 1}}};

    XSendEvent(view->display, view->root, False, SubstructureNotifyMask | SubstructureRedirectMask, &event);
}

static void fill(struct view *view, struct window *window, unsigned long colour, int x, int y, uint32_t width,
                 uint32_t height)
{
    if (!width || !height)
        return;
    XSetForeground(view->display, view->gc, colour);
    XFillRectangle(view->display, native(window)->id, view->gc, x, y, width, height);
}

void view_draw(struct view *view, struct window *window)
{
    const struct surface *surface = &window->surface;
    uint32_t b = border_of(window), width = window->place.width, height = window->place.height;
    struct gui_rect shown = gui_rect_clip((struct gui_rect){0, 0, width, height}, surface->width, surface->height);
    unsigned long colour = view->options.colour;

    fill(view, window, colour, 0, 0, width + 2 * b, b);
    fill(view, window, colour, 0, (int)(height + b), width + 2 * b, b);
    fill(view, window, colour, 0, (int)b, b, height);
    fill(view, window, colour, (int)(width + b), (int)b, b, height);
    fill(view, window, BLANK, (int)(b + shown.width), (int)b, width - shown.width, height);
    fill(view, window, BLANK, (int)b, (int)(b + shown.height), width, height - shown.height);
    on_paint(view, window, shown);
}

const struct desktop_ops view_ops = {
    .create = on_create,
    .destroy = on_destroy,
    .show = on_show,
    .place = on_place,
    .title = on_title,
    .class = on_class,
    .hints = on_hints,
    .cursor = on_cursor,
    .paint = on_paint,
    .minimise = on_minimise,
    .attention = on_attention,
    .clipboard_put = os_clipboard_put,
    .clipboard_take = os_clipboard_take,
};
