/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * What an app domain says about its windows, made harmless: pure functions over plain values.
 */
#ifndef GUID_SANITISE_H
#define GUID_SANITISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qubes-gui/protocol.h>

/* "[domain] " and the longest title. */
#define TITLE_SIZE 192

/* Widths of the border that the daemon draws, in pixels. */
#define BORDER 4
#define BORDER_OVERRIDE 2

/* A place on the GUI domain's desktop; a window's is that of its pixels, without the border. */
struct place {
    int32_t x, y;
    uint32_t width, height;
};

/*
 * Writes "[domain] " and the title (size bytes at most, to a NUL) as UTF-8. Characters outside a
 * short list of plain scripts become '_': no controls, no text direction, nothing invisible,
 * nothing that combines with its neighbour. Those could hide or imitate the prefix.
 */
void sanitise_title(char out[TITLE_SIZE], const char *domain, const char *title, size_t size);

/* Copies an identifier such as a window class: ASCII letters, digits, '.', '-' and '_'. */
void sanitise_class(char *out, size_t out_size, const char *text, size_t size);

/*
 * Adjusts a place to the desktop. A managed window keeps a position in the range that window
 * systems take. One that wants no window manager (*override_redirect) is moved wholly onto the
 * desktop, border included; if it would cover more than half of the desktop, or could not show
 * its whole border, it loses that privilege and *override_redirect becomes false.
 */
void sanitise_place(struct place *place, const struct place *desktop, bool *override_redirect);

/* Drops hints that contradict each other or the limits. */
void sanitise_hints(struct msg_window_hints *hints);

/* A glyph of the X11 cursor font below its number of glyphs, or the default cursor. */
uint32_t sanitise_cursor(uint32_t cursor);

#endif
