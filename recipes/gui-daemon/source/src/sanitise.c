/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Harmless titles, places, hints and cursors. */
#include "sanitise.h"

#include <stdio.h>
#include <string.h>

#include <qubes-gui/text.h>

/* Window systems take 16-bit positions; this leaves room for a border. */
#define FURTHEST 32000

/*
 * Scripts that are written from left to right, one code point a character, without shaping.
 * Unassigned code points inside these blocks show as a box at worst.
 */
static const struct {
    uint32_t first, last;
} plain[] = {
    {0x20, 0x7e},     {0xa1, 0xac},     {0xae, 0x24f},  /* Latin, without the soft hyphen */
    {0x370, 0x3ff},   {0x400, 0x482},   {0x48a, 0x52f}, /* Greek, Cyrillic without its combining marks */
    {0x2013, 0x2014}, {0x2018, 0x201e}, {0x2022, 0x2022}, {0x2026, 0x2026}, {0x20ac, 0x20ac},
    {0x3041, 0x3096}, {0x30a1, 0x30ff}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, /* kana, Han, Hangul */
};

static bool is_plain(uint32_t character)
{
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (character >= plain[i].first && character <= plain[i].last)
            return true;
    }
    return false;
}

void sanitise_title(char out[TITLE_SIZE], const char *domain, const char *title, size_t size)
{
    const uint8_t *in = (const uint8_t *)title;
    size_t length = (size_t)snprintf(out, TITLE_SIZE, "[%s] ", domain);

    for (size_t at = 0, used; at < size && in[at]; at += used) {
        uint32_t character = gui_utf8_next(in + at, size - at, &used);
        size_t width = is_plain(character) ? used : 1;

        if (length + width >= TITLE_SIZE)
            break;
        if (is_plain(character))
            memcpy(out + length, in + at, used);
        else
            out[length] = '_';
        length += width;
    }
    out[length] = 0;
}

void sanitise_class(char *out, size_t out_size, const char *text, size_t size)
{
    size_t length = 0;

    for (; length < size && length + 1 < out_size && text[length]; length++) {
        char c = text[length];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                    c == '-' || c == '_';

        out[length] = good ? c : '_';
    }
    out[length] = 0;
}

static int32_t clamp(int64_t value, int64_t least, int64_t most)
{
    return (int32_t)(value < least ? least : value > most ? most : value);
}

void sanitise_place(struct place *place, const struct place *desktop, bool *override_redirect)
{
    uint64_t area = (uint64_t)place->width * place->height;
    uint64_t desktop_area = (uint64_t)desktop->width * desktop->height;
    int64_t right = (int64_t)desktop->x + desktop->width - BORDER_OVERRIDE - place->width;
    int64_t bottom = (int64_t)desktop->y + desktop->height - BORDER_OVERRIDE - place->height;
    int64_t left = (int64_t)desktop->x + BORDER_OVERRIDE, top = (int64_t)desktop->y + BORDER_OVERRIDE;

    if (area > desktop_area / 2 || right < left || bottom < top)
        *override_redirect = false;
    if (*override_redirect) {
        place->x = clamp(place->x, left, right);
        place->y = clamp(place->y, top, bottom);
    } else {
        place->x = clamp(place->x, -FURTHEST, FURTHEST);
        place->y = clamp(place->y, -FURTHEST, FURTHEST);
    }
}

static bool size_ok(uint32_t width, uint32_t height)
{
    return width <= GUI_MAX_WIDTH && height <= GUI_MAX_HEIGHT;
}

void sanitise_hints(struct msg_window_hints *hints)
{
    hints->flags &= GUI_HINT_MIN_SIZE | GUI_HINT_MAX_SIZE | GUI_HINT_RESIZE_INC | GUI_HINT_BASE_SIZE;
    if (!size_ok(hints->min_width, hints->min_height))
        hints->flags &= ~(uint32_t)GUI_HINT_MIN_SIZE;
    if (!hints->max_width || !hints->max_height)
        hints->flags &= ~(uint32_t)GUI_HINT_MAX_SIZE;
    if ((hints->flags & GUI_HINT_MIN_SIZE) && (hints->flags & GUI_HINT_MAX_SIZE) &&
        (hints->max_width < hints->min_width || hints->max_height < hints->min_height))
        hints->flags &= ~(uint32_t)(GUI_HINT_MIN_SIZE | GUI_HINT_MAX_SIZE);
    if (hints->max_width > GUI_MAX_WIDTH)
        hints->max_width = GUI_MAX_WIDTH;
    if (hints->max_height > GUI_MAX_HEIGHT)
        hints->max_height = GUI_MAX_HEIGHT;
    if (!hints->width_inc || !hints->height_inc || !size_ok(hints->width_inc, hints->height_inc))
        hints->flags &= ~(uint32_t)GUI_HINT_RESIZE_INC;
    if (!size_ok(hints->base_width, hints->base_height))
        hints->flags &= ~(uint32_t)GUI_HINT_BASE_SIZE;
}

uint32_t sanitise_cursor(uint32_t cursor)
{
    return cursor >= GUI_CURSOR_X11 && cursor < GUI_CURSOR_X11_MAX ? cursor : GUI_CURSOR_DEFAULT;
}
