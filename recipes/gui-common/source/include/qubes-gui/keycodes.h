/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Between the protocol's keycodes (X11 with the evdev keymap) and PC scan codes of set 1, which
 * Windows uses. Both number keys by position, so that the layout is the app domain's own.
 */
#ifndef QUBES_GUI_KEYCODES_H
#define QUBES_GUI_KEYCODES_H

#include <stdint.h>

/* Marks a scan code that is preceded by E0. */
#define GUI_SCAN_EXTENDED 0x100u

/* The keycode of a scan code (below 0x80, or with GUI_SCAN_EXTENDED); 0 when there is none. */
uint32_t gui_keycode_from_scan(uint32_t scan);

/* The scan code of a keycode; 0 when there is none. */
uint32_t gui_scan_from_keycode(uint32_t keycode);

#endif
