/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * The agent's half of the protocol, without an operating system: it is told how the app domain's
 * windows are, and tells the daemon what differs from what it was told before. A daemon that
 * connects later hears everything anew.
 */
#ifndef QUBES_GUI_AGENT_H
#define QUBES_GUI_AGENT_H

#include <stdbool.h>

#include <qubes-gui/link.h>
#include <qubes-gui/rect.h>

/* How a window is. Positions are those of its pixels on the app domain's screen. */
struct gui_agent_state {
    int32_t x, y;
    uint32_t width, height;
    bool override_redirect; /* a menu or the like, which the user does not place */
    bool mapped;
    uint32_t transient_for; /* 0: of none */
    char title[128];        /* UTF-8 */
    char res_class[64], res_name[64];
    struct msg_window_hints hints;
    uint32_t cursor;
};

/* What the operating system's side does when the daemon asks. Every function must be given. */
struct gui_agent_ops {
    void (*key)(void *os, uint32_t window, const struct msg_keypress *key);
    void (*button)(void *os, uint32_t window, const struct msg_button *button);
    void (*motion)(void *os, uint32_t window, const struct msg_motion *motion);
    void (*crossing)(void *os, uint32_t window, const struct msg_crossing *crossing);
    void (*focus)(void *os, uint32_t window, bool focused);
    void (*keymap)(void *os, const uint8_t keys[32]); /* let go of every key not in here */
    /* Moves and resizes; then writes the geometry the window really has into *state. */
    void (*configure)(void *os, uint32_t window, struct gui_agent_state *state);
    void (*close)(void *os, uint32_t window);
    void (*flags)(void *os, uint32_t window, uint32_t set, uint32_t unset);
    void (*clipboard_wanted)(void *os); /* answer with gui_agent_clipboard */
    void (*clipboard_given)(void *os, const uint8_t *bytes, size_t size);
    void (*screen)(void *os, const struct msg_xconf *xconf); /* a daemon has come */
    void (*redraw)(void *os, uint32_t window);               /* the daemon has none of its pixels */
};

struct gui_agent_window {
    uint32_t id;
    uint32_t generation;                   /* of the scan that saw it last */
    uint32_t dumped_width, dumped_height;  /* of the buffer the daemon has; 0: none */
    struct gui_agent_state state;
    struct gui_agent_window *next;
};

struct gui_agent {
    struct gui_link link;
    const struct gui_agent_ops *ops;
    void *os;
    struct gui_agent_window *windows;
    uint32_t generation;
    uint8_t *pixels; /* of the dump being encoded */
    bool connected;
    bool greeted; /* the daemon's version and desktop are known */
};

void gui_agent_init(struct gui_agent *agent, const struct gui_agent_ops *ops, void *os);

/* A daemon has connected: greets it. Windows known so far are told after its greeting. */
enum gui_status gui_agent_connect(struct gui_agent *agent, struct gui_transport transport);

/* The daemon has gone; the windows stay known. */
void gui_agent_disconnect(struct gui_agent *agent);

/* Forgets all windows and frees everything. */
void gui_agent_free(struct gui_agent *agent);

/* Sends and receives without waiting. Anything but GUI_OK: disconnect. */
enum gui_status gui_agent_pump(struct gui_agent *agent);

/* Does the daemon listen? */
bool gui_agent_ready(const struct gui_agent *agent);

/* A new window, or a known one's new state. The window's id must not be 0. */
enum gui_status gui_agent_update(struct gui_agent *agent, uint32_t window, const struct gui_agent_state *state);

/* The state of a known window, or NULL. */
const struct gui_agent_state *gui_agent_find(const struct gui_agent *agent, uint32_t window);

/* The window is gone. Unknown ones are ignored. */
void gui_agent_remove(struct gui_agent *agent, uint32_t window);

/* For those who enumerate: begin, update every window there is, end removes the others. */
void gui_agent_begin_scan(struct gui_agent *agent);
void gui_agent_end_scan(struct gui_agent *agent);

/*
 * Is there something to send of a window whose image is width x height now? *damage is what has
 * changed since the last time; it becomes the part to send, which is all of it when the daemon has
 * no buffer of that size. False also while the daemon has not read enough: ask again after a pump.
 */
bool gui_agent_wants(const struct gui_agent *agent, uint32_t window, uint32_t width, uint32_t height,
                     struct gui_rect *damage);

/*
 * Shows the part *damage of a window whose image is width x height. pixels are those of the part,
 * from its first, 0x00RRGGBB in native order, stride pixels from row to row. *damage shrinks to
 * what the daemon must read more for before it can be sent.
 */
enum gui_status gui_agent_image(struct gui_agent *agent, uint32_t window, uint32_t width, uint32_t height,
                                const uint32_t *pixels, size_t stride, struct gui_rect *damage);

/* The answer to clipboard_wanted; longer text is cut at a character. */
enum gui_status gui_agent_clipboard(struct gui_agent *agent, const char *text, size_t size);

/* Asks for a change of gui_window_flag bits; or says that one has happened. */
enum gui_status gui_agent_flags(struct gui_agent *agent, uint32_t window, uint32_t set, uint32_t unset);

#endif
