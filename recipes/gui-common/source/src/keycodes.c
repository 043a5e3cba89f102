/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Scan codes of set 1 against Linux input codes, which are X11's keycodes less 8. */
#include <qubes-gui/keycodes.h>

#include <stddef.h>

#define X11_OFFSET 8u

/* Below 0x59 Linux took its codes from set 1; the exceptions and the rest are listed. */
#define LAST_IDENTICAL 0x58u

struct pair {
    uint16_t scan;
    uint16_t input;
};

static const struct pair pairs[] = {
    {0x64, 183}, /* F13 to F23 */
    {0x65, 184}, {0x66, 185}, {0x67, 186}, {0x68, 187}, {0x69, 188}, {0x6a, 189},
    {0x6b, 190}, {0x6c, 191}, {0x6d, 192}, {0x6e, 193}, {0x70, 93}, /* Katakana Hiragana */
    {0x73, 89},                                                     /* Ro */
    {0x76, 194},                                                    /* F24 */
    {0x79, 92},                                                     /* Henkan */
    {0x7b, 94},                                                     /* Muhenkan */
    {0x7d, 124},                                                    /* Yen */
    {GUI_SCAN_EXTENDED | 0x10, 165},                                /* previous track */
    {GUI_SCAN_EXTENDED | 0x19, 163},                                /* next track */
    {GUI_SCAN_EXTENDED | 0x1c, 96},                                 /* keypad Enter */
    {GUI_SCAN_EXTENDED | 0x1d, 97},                                 /* right Control */
    {GUI_SCAN_EXTENDED | 0x20, 113},                                /* mute */
    {GUI_SCAN_EXTENDED | 0x22, 164},                                /* play */
    {GUI_SCAN_EXTENDED | 0x24, 166},                                /* stop */
    {GUI_SCAN_EXTENDED | 0x2e, 114},                                /* quieter */
    {GUI_SCAN_EXTENDED | 0x30, 115},                                /* louder */
    {GUI_SCAN_EXTENDED | 0x35, 98},                                 /* keypad slash */
    {GUI_SCAN_EXTENDED | 0x37, 99},                                 /* Print Screen */
    {GUI_SCAN_EXTENDED | 0x38, 100},                                /* right Alt */
    {GUI_SCAN_EXTENDED | 0x46, 119},                                /* Pause as Break, with Control */
    {GUI_SCAN_EXTENDED | 0x47, 102},                                /* Home */
    {GUI_SCAN_EXTENDED | 0x48, 103},                                /* Up */
    {GUI_SCAN_EXTENDED | 0x49, 104},                                /* Page Up */
    {GUI_SCAN_EXTENDED | 0x4b, 105},                                /* Left */
    {GUI_SCAN_EXTENDED | 0x4d, 106},                                /* Right */
    {GUI_SCAN_EXTENDED | 0x4f, 107},                                /* End */
    {GUI_SCAN_EXTENDED | 0x50, 108},                                /* Down */
    {GUI_SCAN_EXTENDED | 0x51, 109},                                /* Page Down */
    {GUI_SCAN_EXTENDED | 0x52, 110},                                /* Insert */
    {GUI_SCAN_EXTENDED | 0x53, 111},                                /* Delete */
    {GUI_SCAN_EXTENDED | 0x5b, 125},                                /* left Windows */
    {GUI_SCAN_EXTENDED | 0x5c, 126},                                /* right Windows */
    {GUI_SCAN_EXTENDED | 0x5d, 127},                                /* menu */
};

/* 0x54 is Print Screen with Alt, 0x55 is no key: Linux numbers them otherwise. */
static int identical(uint32_t code)
{
    return code >= 1 && code <= LAST_IDENTICAL && code != 0x54 && code != 0x55;
}

uint32_t gui_keycode_from_scan(uint32_t scan)
{
    if (identical(scan))
        return scan + X11_OFFSET;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].scan == scan)
            return pairs[i].input + X11_OFFSET;
    }
    return 0;
}

uint32_t gui_scan_from_keycode(uint32_t keycode)
{
    if (keycode <= X11_OFFSET)
        return 0;
    if (identical(keycode - X11_OFFSET))
        return keycode - X11_OFFSET;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].input == keycode - X11_OFFSET)
            return pairs[i].scan;
    }
    return 0;
}
