/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A table with chained buckets: ids are chosen by the app domain, the count is bounded. */
#include "windows.h"

#include <stdlib.h>

#define BUCKETS (sizeof((struct windows *)0)->bucket / sizeof(struct window *))

static size_t bucket_of(uint32_t id)
{
    return (id ^ id >> 6 ^ id >> 21) % BUCKETS;
}

struct window *windows_find(const struct windows *windows, uint32_t id)
{
    struct window *window = windows->bucket[bucket_of(id)];

    while (window && window->id != id)
        window = window->next;
    return window;
}

struct window *windows_add(struct windows *windows, uint32_t id, enum gui_status *status)
{
    struct window **bucket = &windows->bucket[bucket_of(id)];
    struct window *window;

    *status = windows_find(windows, id) ? GUI_DUPLICATE_WINDOW
              : id == 0                 ? GUI_UNKNOWN_WINDOW
                                        : GUI_TOO_MANY_WINDOWS;
    if (*status != GUI_TOO_MANY_WINDOWS || windows->count >= MAX_WINDOWS)
        return NULL;
    *status = GUI_NO_MEMORY;
    window = calloc(1, sizeof *window);
    if (!window)
        return NULL;
    *status = GUI_OK;
    window->id = id;
    window->next = *bucket;
    *bucket = window;
    windows->count++;
    return window;
}

void windows_remove(struct windows *windows, struct window *window)
{
    struct window **at = &windows->bucket[bucket_of(window->id)];

    while (*at != window)
        at = &(*at)->next;
    *at = window->next;
    windows->count--;
    free(window);
}

/* The first window in this bucket or a later one. */
static struct window *first_from(const struct windows *windows, size_t bucket)
{
    for (; bucket < BUCKETS; bucket++) {
        if (windows->bucket[bucket])
            return windows->bucket[bucket];
    }
    return NULL;
}

struct window *windows_any(const struct windows *windows)
{
    return first_from(windows, 0);
}

struct window *windows_after(const struct windows *windows, const struct window *window)
{
    if (!window)
        return first_from(windows, 0);
    return window->next ? window->next : first_from(windows, bucket_of(window->id) + 1);
}
