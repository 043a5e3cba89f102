/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The app domain's X11 desktop, as the parts of the agent share it. */
#ifndef AGENT_DESKTOP_H
#define AGENT_DESKTOP_H

#include <stdbool.h>

#include <X11/Xlib.h>
#include <X11/extensions/Xdamage.h>

#include <qubes-gui/agent.h>

enum atom {
    NET_NAME, UTF8, PROTOCOLS, DELETE_WINDOW, TAKE_FOCUS, STATE, CHANGE_STATE, NET_STATE, FULLSCREEN, ATTENTION,
    CLIPBOARD, TARGETS, TEXT_PLAIN, INCREMENTAL, TRANSFER, ATOMS
};

/* One top-level window that has pixels. */
struct pane {
    Window id;
    Damage damage;
    Pixmap pixmap; /* its pixels off screen, None until needed */
    int border;    /* its X border, which is not shown */
    bool shown;
    bool readable; /* its pixels have the form that the protocol carries */
    struct gui_rect dirty;
    struct pane *next;
};

struct desktop {
    Display *display;
    Window root;
    Window mine; /* owns the clipboard; never shown */
    Atom atoms[ATOMS];
    int damage_event, fixes_event;
    struct pane *panes;
    struct gui_agent *agent;
    uint8_t keys_down[32];
    char *clipboard; /* given by the daemon, for this desktop's applications */
    size_t clipboard_size;
};

/* Connects to the X server and checks its extensions; why not is on standard error. */
bool desktop_open(struct desktop *desktop, struct gui_agent *agent);

/* Handles all events that have arrived. */
void desktop_events(struct desktop *desktop);

struct pane *desktop_pane(const struct desktop *desktop, uint32_t window);

/* Windows that were there before the agent. */
void panes_adopt_all(struct desktop *desktop);

/* Something about a window changed: tells the daemon what. An unknown window is adopted. */
void pane_update(struct desktop *desktop, Window window);

void pane_forget(struct desktop *desktop, Window window);

/* The window's place and attributes as they are now; false when it is gone or has no pixels. */
bool pane_read(struct desktop *desktop, struct pane *pane, struct gui_agent_state *state);

void pane_damaged(struct desktop *desktop, const XDamageNotifyEvent *event);

/* The cursor changed for the window under the pointer. */
void pane_cursor_changed(struct desktop *desktop);

/* Sends what has changed in all windows, as far as the daemon keeps up. */
void pixels_send(struct desktop *desktop);

/* Is there something to send, now or once the daemon has read more? */
bool pixels_due(const struct desktop *desktop);

/* Another size or place in the stack: the pixmap is not the window's any more. */
void pixels_drop(struct desktop *desktop, struct pane *pane);

void clipboard_event(struct desktop *desktop, XEvent *event);
void clipboard_request(struct desktop *desktop);
void clipboard_give(struct desktop *desktop, const uint8_t *bytes, size_t size);

/* What the daemon asks, done on this desktop. */
extern const struct gui_agent_ops input_ops;

#endif
