/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * One app domain's session: what its agent says becomes windows on the desktop, and what the
 * user does with them becomes messages. No operating system in here.
 *
 * The agent is hostile. Any violation ends the session; what is merely unwelcome is made
 * harmless. Nothing that it sends makes the daemon wait, and memory and windows are bounded.
 */
#ifndef GUID_SESSION_H
#define GUID_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <qubes-gui/link.h>

#include "windows.h"

/* The most all pixels of one domain may take: sixteen 4K screens. */
#define PIXEL_LIMIT (512ull << 20)

/* The desktop's side. Every function must be given; none may call back into the session. */
struct desktop_ops {
    bool (*create)(void *desktop, struct window *window); /* not shown yet */
    void (*destroy)(void *desktop, struct window *window);
    void (*show)(void *desktop, struct window *window); /* as mapped, override_redirect, transient_for say */
    void (*place)(void *desktop, struct window *window);
    void (*title)(void *desktop, struct window *window);
    void (*class)(void *desktop, struct window *window);
    void (*hints)(void *desktop, struct window *window);
    void (*cursor)(void *desktop, struct window *window);
    void (*paint)(void *desktop, struct window *window, struct gui_rect rect); /* of the surface */
    void (*minimise)(void *desktop, struct window *window);
    void (*attention)(void *desktop, struct window *window, bool wanted);

    /* The clipboard that all domains share; take empties it. Takes at most GUI_MAX_CLIPBOARD. */
    bool (*clipboard_put)(void *desktop, const uint8_t *bytes, size_t size);
    size_t (*clipboard_take)(void *desktop, uint8_t bytes[GUI_MAX_CLIPBOARD]);
};

struct session {
    char domain[32];
    struct gui_link link;
    const struct desktop_ops *ops;
    void *desktop;
    struct place area; /* of the whole desktop */
    bool greeted;
    struct windows windows;
    uint64_t pixel_bytes;
    uint32_t focused;       /* 0: the user is elsewhere */
    uint8_t keys_down[32];  /* presses that were forwarded */
    uint32_t buttons_down;  /* bit n: button n, likewise */
    uint32_t button_window; /* where the first of them was pressed */
    unsigned clipboard_wanted; /* answers that will be taken */
    unsigned clipboard_stale;  /* answers before those, which came too late */
    enum gui_status ended; /* why the session is over; GUI_OK while it is not */
    uint32_t ended_type;   /* the message that did it, 0 for none */
};

/* The transport is connected; area is the desktop. GUI_NO_MEMORY is the only failure. */
enum gui_status session_open(struct session *session, const char *domain, struct gui_transport transport,
                             const struct desktop_ops *ops, void *desktop, struct place area);

/* The desktop has another size from now on. */
void session_resize_desktop(struct session *session, struct place area);

/* Destroys all windows and frees everything. */
void session_close(struct session *session);

/*
 * Handles a bounded number of messages. GUI_OK: *more says whether to call again before waiting.
 * Anything else is why the session is over; GUI_CLOSED if the agent just went.
 */
enum gui_status session_pump(struct session *session, bool *more);

/* A key or button as the desktop reports it; x and y are relative to the window's pixels. */
struct session_input {
    bool pressed;
    int32_t x, y;
    uint32_t state; /* enum gui_modifier */
    uint32_t code;  /* keycode or button */
    char letter;    /* 'c' or 'v' when the key is labelled so in the desktop's layout, else 0 */
};

void session_key(struct session *session, struct window *window, const struct session_input *input);
void session_button(struct session *session, struct window *window, const struct session_input *input);
void session_motion(struct session *session, struct window *window, const struct session_input *input);

/* The pointer came into the window's pixels (pressed) or left them. */
void session_crossing(struct session *session, struct window *window, const struct session_input *input);

void session_focus(struct session *session, struct window *window, bool focused);

/* The user moved or resized the window to this place. */
void session_placed(struct session *session, struct window *window, struct place place);

/* The user wants it closed; it stays until the agent destroys it. */
void session_close_window(struct session *session, struct window *window);

#endif
