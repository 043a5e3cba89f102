/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the X server, and its events. */
#include "desktop.h"

#include <stdio.h>
#include <string.h>

#include <X11/Xatom.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xcomposite.h>
#include <X11/extensions/Xfixes.h>

static const char *const atom_names[ATOMS] = {
    "_NET_WM_NAME", "UTF8_STRING", "WM_PROTOCOLS", "WM_DELETE_WINDOW", "WM_TAKE_FOCUS", "WM_STATE",
    "WM_CHANGE_STATE", "_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN", "_NET_WM_STATE_DEMANDS_ATTENTION",
    "CLIPBOARD", "TARGETS", "text/plain;charset=utf-8", "INCR", "QUBES_TRANSFER",
};

/* Windows vanish between an event and the question about it: every answer is checked instead. */
static int ignore_error(Display *display, XErrorEvent *error)
{
    (void)display;
    (void)error;
    return 0;
}

static bool has_extensions(struct desktop *desktop)
{
    int event, error, major = 0, minor = 3;

    /* Named pixmaps came with Composite 0.2. */
    if (!XCompositeQueryExtension(desktop->display, &event, &error) ||
        !XCompositeQueryVersion(desktop->display, &major, &minor) || (major == 0 && minor < 2)) {
        fputs("qubes-gui-agent: the X server lacks Composite 0.2\n", stderr);
        return false;
    }
    if (!XDamageQueryExtension(desktop->display, &desktop->damage_event, &error)) {
        fputs("qubes-gui-agent: the X server lacks Damage\n", stderr);
        return false;
    }
    if (!XTestQueryExtension(desktop->display, &event, &error, &major, &minor)) {
        fputs("qubes-gui-agent: the X server lacks XTest\n", stderr);
        return false;
    }
    if (!XFixesQueryExtension(desktop->display, &desktop->fixes_event, &error)) {
        fputs("qubes-gui-agent: the X server lacks XFixes\n", stderr);
        return false;
    }
    major = 6;
    minor = 0;
    return XFixesQueryVersion(desktop->display, &major, &minor) != 0;
}

bool desktop_open(struct desktop *desktop, struct gui_agent *agent)
{
    memset(desktop, 0, sizeof *desktop);
    desktop->agent = agent;
    desktop->display = XOpenDisplay(NULL);
    if (!desktop->display) {
        fprintf(stderr, "qubes-gui-agent: cannot open display %s\n", XDisplayName(NULL));
        return false;
    }
    if (!has_extensions(desktop))
        return false;
    XSetErrorHandler(ignore_error);
    desktop->root = DefaultRootWindow(desktop->display);
    XInternAtoms(desktop->display, (char **)atom_names, ATOMS, False, desktop->atoms);
    desktop->mine = XCreateWindow(desktop->display, desktop->root, 0, 0, 1, 1, 0, 0, InputOnly, CopyFromParent, 0, NULL);
    XSelectInput(desktop->display, desktop->root, SubstructureNotifyMask);
    XCompositeRedirectSubwindows(desktop->display, desktop->root, CompositeRedirectAutomatic);
    XFixesSelectCursorInput(desktop->display, desktop->root, XFixesDisplayCursorNotifyMask);
    /* The user's keyboard repeats keys already. */
    XAutoRepeatOff(desktop->display);
    panes_adopt_all(desktop);
    return true;
}

struct pane *desktop_pane(const struct desktop *desktop, uint32_t window)
{
    struct pane *pane = desktop->panes;

    while (pane && pane->id != window)
        pane = pane->next;
    return pane;
}

/* What applications ask of a window manager; there is none here, the user's is in the GUI domain. */
static void on_client_message(struct desktop *desktop, const XClientMessageEvent *event)
{
    enum { REMOVE = 0, ADD = 1 };
    const Atom *atoms = desktop->atoms;
    uint32_t flags = 0;

    if (event->message_type == atoms[CHANGE_STATE] && event->data.l[0] == 3 /* IconicState of the ICCCM */) {
        gui_agent_flags(desktop->agent, (uint32_t)event->window, GUI_FLAG_MINIMIZE, 0);
        return;
    }
    if (event->message_type != atoms[NET_STATE])
        return;
    for (int i = 1; i <= 2; i++) {
        if ((Atom)event->data.l[i] == atoms[FULLSCREEN])
            flags |= GUI_FLAG_FULLSCREEN;
        if ((Atom)event->data.l[i] == atoms[ATTENTION])
            flags |= GUI_FLAG_DEMANDS_ATTENTION;
    }
    if (flags && desktop_pane(desktop, (uint32_t)event->window) && event->data.l[0] <= ADD)
        gui_agent_flags(desktop->agent, (uint32_t)event->window, event->data.l[0] == ADD ? flags : 0,
                        event->data.l[0] == REMOVE ? flags : 0);
}

static void on_event(struct desktop *desktop, XEvent *event)
{
    switch (event->type) {
    case CreateNotify:
        pane_update(desktop, event->xcreatewindow.window);
        break;
    case MapNotify:
        pane_update(desktop, event->xmap.window);
        break;
    case UnmapNotify:
        pane_update(desktop, event->xunmap.window);
        break;
    case ConfigureNotify:
        pane_update(desktop, event->xconfigure.window);
        break;
    case ReparentNotify:
        if (event->xreparent.parent == desktop->root)
            pane_update(desktop, event->xreparent.window);
        else
            pane_forget(desktop, event->xreparent.window);
        break;
    case DestroyNotify:
        pane_forget(desktop, event->xdestroywindow.window);
        break;
    case PropertyNotify:
        if (desktop_pane(desktop, (uint32_t)event->xproperty.window))
            pane_update(desktop, event->xproperty.window);
        break;
    case ClientMessage:
        on_client_message(desktop, &event->xclient);
        break;
    case MappingNotify:
        XRefreshKeyboardMapping(&event->xmapping);
        break;
    default:
        if (event->type == desktop->damage_event + XDamageNotify)
            pane_damaged(desktop, (XDamageNotifyEvent *)event);
        else if (event->type == desktop->fixes_event + XFixesCursorNotify)
            pane_cursor_changed(desktop);
        else
            clipboard_event(desktop, event);
    }
}

void desktop_events(struct desktop *desktop)
{
    while (XPending(desktop->display)) {
        XEvent event;

        XNextEvent(desktop->display, &event);
        on_event(desktop, &event);
    }
}
