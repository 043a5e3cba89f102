/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The table of an app domain's windows, by the number the domain gave them. */
#ifndef GUID_WINDOWS_H
#define GUID_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sanitise.h"
#include "surface.h"

/* Enough for any desktop; each costs the GUI domain a window of its own. */
#define MAX_WINDOWS 512

/* All fields are sanitised. */
struct window {
    uint32_t id;
    struct place place;
    bool override_redirect;
    bool mapped;
    uint32_t transient_for; /* 0: of none */
    char title[TITLE_SIZE];
    char res_class[2 * 64], res_name[64];
    struct msg_window_hints hints;
    uint32_t cursor;
    struct surface surface;
    struct gui_rect dirty; /* of the surface: to be painted at the end of the turn */

    /* The user moved it: the agent was told, and has not answered yet. */
    bool asked;
    bool ask_again; /* it has been moved since */

    void *native; /* the desktop's side */
    struct window *next;
};

struct windows {
    struct window *bucket[64];
    size_t count;
};

/* A new window with this id, all else zero; *status says why not when NULL. */
struct window *windows_add(struct windows *windows, uint32_t id, enum gui_status *status);

/* NULL when there is none. */
struct window *windows_find(const struct windows *windows, uint32_t id);

/* Takes it out of the table and frees it; its surface must be free already. */
void windows_remove(struct windows *windows, struct window *window);

/* Any window, or NULL when the table is empty. */
struct window *windows_any(const struct windows *windows);

/* The window after this one in no particular order; the first after NULL, NULL after the last. */
struct window *windows_after(const struct windows *windows, const struct window *window);

static inline uint32_t border_of(const struct window *window)
{
    return window->override_redirect ? BORDER_OVERRIDE : BORDER;
}

#endif
