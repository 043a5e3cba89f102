/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* X11 events become calls of the session; and the loop that waits for both sides. */
#include <poll.h>
#include <stdlib.h>

#include <X11/keysym.h>

#include "view-x11.h"

/* The evdev keycodes of C and V, for layouts whose letters are not Latin. */
#define KEYCODE_C 54
#define KEYCODE_V 55

static char letter_of(XKeyEvent *event)
{
    KeySym symbol = XLookupKeysym(event, 0);

    if (symbol == XK_c || symbol == XK_v)
        return symbol == XK_c ? 'c' : 'v';
    if (symbol <= 0xff)
        return 0;
    return event->keycode == KEYCODE_C ? 'c' : event->keycode == KEYCODE_V ? 'v' : 0;
}

static struct session_input input_at(const struct window *window, int x, int y, unsigned state)
{
    int border = (int)border_of(window);

    return (struct session_input){.x = x - border, .y = y - border, .state = state & 0x1fff};
}

static void on_key(struct view *view, struct window *window, XKeyEvent *event)
{
    struct session_input input = input_at(window, event->x, event->y, event->state);

    input.pressed = event->type == KeyPress;
    input.code = event->keycode;
    input.letter = letter_of(event);
    session_key(view->session, window, &input);
}

static void on_button(struct view *view, struct window *window, const XButtonEvent *event)
{
    struct session_input input = input_at(window, event->x, event->y, event->state);

    input.pressed = event->type == ButtonPress;
    input.code = event->button;
    /* Only by the user's click: a window that appears must not catch what is being typed elsewhere. */
    if (input.pressed && !native(window)->override_redirect && !view_managed(view))
        XSetInputFocus(view->display, event->window, RevertToPointerRoot, event->time);
    session_button(view->session, window, &input);
}

/* Of several motions in a row only the last matters. */
static void on_motion(struct view *view, struct window *window, const XMotionEvent *event)
{
    struct session_input input = input_at(window, event->x, event->y, event->state);
    XEvent next;

    if (XEventsQueued(view->display, QueuedAlready)) {
        XPeekEvent(view->display, &next);
        if (next.type == MotionNotify && next.xmotion.window == event->window)
            return;
    }
    session_motion(view->session, window, &input);
}

static void on_crossing(struct view *view, struct window *window, const XCrossingEvent *event)
{
    struct session_input input = input_at(window, event->x, event->y, event->state);

    input.pressed = event->type == EnterNotify;
    session_crossing(view->session, window, &input);
}

/* Grabs by the window manager and a pointer that merely rests here are no change of focus. */
static void on_focus(struct view *view, struct window *window, const XFocusChangeEvent *event)
{
    if (event->mode == NotifyGrab || event->mode == NotifyUngrab || event->detail == NotifyPointer ||
        event->detail == NotifyPointerRoot || event->detail == NotifyInferior)
        return;
    session_focus(view->session, window, event->type == FocusIn);
}

/* Where the window manager or the user put it, in coordinates of the desktop. */
static void on_configure(struct view *view, struct window *window, const XConfigureEvent *event)
{
    int border = (int)border_of(window), x, y;
    Window child;
    struct place place;

    if (native(window)->override_redirect || event->serial < native(window)->placed_serial ||
        event->width <= 2 * border || event->height <= 2 * border)
        return;
    if (!XTranslateCoordinates(view->display, event->window, view->root, border, border, &x, &y, &child))
        return;
    place = (struct place){x, y, (uint32_t)(event->width - 2 * border), (uint32_t)(event->height - 2 * border)};
    session_placed(view->session, window, place);
}

static void on_event(struct view *view, XEvent *event)
{
    XPointer found;
    struct window *window;

    if (event->type == MappingNotify) {
        XRefreshKeyboardMapping(&event->xmapping);
        return;
    }
    if (event->type == ConfigureNotify && event->xconfigure.window == view->root) {
        view->area.width = (uint32_t)event->xconfigure.width;
        view->area.height = (uint32_t)event->xconfigure.height;
        session_resize_desktop(view->session, view->area);
        return;
    }
    if (XFindContext(view->display, event->xany.window, view->context, &found) != 0)
        return;
    window = (struct window *)found;
    switch (event->type) {
    case Expose:
        if (event->xexpose.count == 0)
            view_draw(view, window);
        break;
    case KeyPress:
    case KeyRelease:
        on_key(view, window, &event->xkey);
        break;
    case ButtonPress:
    case ButtonRelease:
        on_button(view, window, &event->xbutton);
        break;
    case MotionNotify:
        on_motion(view, window, &event->xmotion);
        break;
    case EnterNotify:
    case LeaveNotify:
        on_crossing(view, window, &event->xcrossing);
        break;
    case FocusIn:
    case FocusOut:
        on_focus(view, window, &event->xfocus);
        break;
    case ConfigureNotify:
        on_configure(view, window, &event->xconfigure);
        break;
    case ClientMessage:
        if ((Atom)event->xclient.data.l[0] == view->atoms[DELETE_WINDOW])
            session_close_window(view->session, window);
        break;
    default:
        break;
    }
}

static void wait_for_either(struct view *view, libvchan_t *vchan)
{
    struct pollfd sources[] = {{.fd = ConnectionNumber(view->display), .events = POLLIN},
                               {.fd = libvchan_fd_for_select(vchan), .events = POLLIN}};

    if (poll(sources, 2, -1) > 0 && sources[1].revents)
        libvchan_wait(vchan);
}

enum gui_status view_run(struct view *view, struct session *session, libvchan_t *vchan)
{
    view->session = session;
    for (;;) {
        bool more;
        enum gui_status status = session_pump(session, &more);

        if (status != GUI_OK)
            return status;
        while (XPending(view->display)) {
            XEvent event;

            XNextEvent(view->display, &event);
            on_event(view, &event);
        }
        gui_link_flush(&session->link);
        XFlush(view->display);
        if (!more && session->ended == GUI_OK && !XEventsQueued(view->display, QueuedAlready))
            wait_for_either(view, vchan);
    }
}
