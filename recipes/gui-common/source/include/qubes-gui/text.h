/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* UTF-8 of unknown origin. */
#ifndef QUBES_GUI_TEXT_H
#define QUBES_GUI_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define GUI_INVALID_CHARACTER 0xffffffffu

/*
 * The code point at bytes, *used its length. Overlong forms, surrogates, values above U+10FFFF
 * and truncated sequences give GUI_INVALID_CHARACTER with *used 1. size must not be 0.
 */
uint32_t gui_utf8_next(const uint8_t *bytes, size_t size, size_t *used);

/* Writes a valid code point as UTF-8 (at most 4 bytes) and returns its length. */
size_t gui_utf8_put(uint32_t character, uint8_t bytes[4]);

/*
 * Copies as many whole characters of text (size bytes, or up to a NUL) as fit into out, and
 * fills the rest of it with NUL. Invalid bytes become '?'. There is always one NUL at the end.
 */
void gui_utf8_fit(char *out, size_t out_size, const char *text, size_t size);

#endif
