/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The app domain's Windows desktop, as the parts of the agent share it. */
#ifndef AGENT_DESKTOP_H
#define AGENT_DESKTOP_H

#include <winsock2.h>
#include <windows.h>

#include <qubes-gui/agent.h>

#include "pace.h"

/* One window that is shown. */
struct pane {
    HWND hwnd;
    uint32_t generation; /* of the scan that saw it last */
    POINT inset;         /* from the window's corner to what is visible of it */
    uint32_t width, height;
    bool minimised;

    /* Its last picture, and where the next one is drawn; both NULL before the first. */
    uint32_t *picture;
    uint32_t *canvas; /* whole, with what is invisible */
    uint32_t canvas_width, canvas_height;
    HBITMAP bitmap;
    HDC dc;
    struct gui_rect dirty;
    struct pace pace;
    struct pane *next;
};

struct desktop {
    struct gui_agent *agent;
    struct pane *panes;
    HWND mine; /* owns the clipboard; never shown */
    HWINEVENTHOOK hook;
    bool stale; /* windows have changed since the last scan */
    uint64_t scan_due;
    uint32_t generation;
    bool from_screen;
    uint8_t keys_down[32];
};

/* Hooks into the desktop; why not is on standard error. */
bool desktop_open(struct desktop *desktop, struct gui_agent *agent, bool from_screen);

/* Tells the daemon how all windows are, if something has changed or a second has passed. */
void desktop_scan(struct desktop *desktop, uint64_t now);

struct pane *desktop_pane(const struct desktop *desktop, uint32_t window);

/* The window's place as it is now, without invisible borders; false when it is gone. */
bool desktop_place(struct pane *pane, struct gui_agent_state *state);

/* Looks at windows whose time has come and sends what has changed. */
void capture_due(struct desktop *desktop, uint64_t now);

/* When capture_due has something to do again. */
uint64_t capture_next(const struct desktop *desktop);

void capture_free(struct pane *pane);

void clipboard_send(struct desktop *desktop);
void clipboard_set(struct desktop *desktop, const uint8_t *bytes, size_t size);

/* What the daemon asks, done on this desktop. */
extern const struct gui_agent_ops input_ops;

static inline uint32_t window_id(HWND hwnd)
{
    return (uint32_t)(uintptr_t)hwnd;
}

#endif
