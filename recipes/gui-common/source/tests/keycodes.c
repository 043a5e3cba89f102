/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Scan codes and keycodes are each other's inverse, and the keys are where they should be. */
#include <qubes-gui/keycodes.h>

#include "check.h"

static void every_scan_code_comes_back(void)
{
    unsigned known = 0;

    for (uint32_t scan = 0; scan < 0x400; scan++) {
        uint32_t keycode = gui_keycode_from_scan(scan);

        if (!keycode)
            continue;
        known++;
        CHECK(keycode > 8 && keycode < 256 && scan < 0x200);
        CHECK(gui_scan_from_keycode(keycode) == scan);
    }
    CHECK(known > 120);
}

static void every_keycode_comes_back(void)
{
    for (uint32_t keycode = 0; keycode < 0x400; keycode++) {
        uint32_t scan = gui_scan_from_keycode(keycode);

        CHECK(!scan || gui_keycode_from_scan(scan) == keycode);
    }
    CHECK(gui_scan_from_keycode(0xffffffff) == 0 && gui_keycode_from_scan(0xffffffff) == 0);
}

static void keys_are_in_their_places(void)
{
    CHECK(gui_keycode_from_scan(0x01) == 9);  /* Escape */
    CHECK(gui_keycode_from_scan(0x1e) == 38); /* A */
    CHECK(gui_keycode_from_scan(0x2e) == 54); /* C */
    CHECK(gui_keycode_from_scan(0x2f) == 55); /* V */
    CHECK(gui_keycode_from_scan(0x1d) == 37); /* left Control */
    CHECK(gui_keycode_from_scan(GUI_SCAN_EXTENDED | 0x1d) == 105);
    CHECK(gui_keycode_from_scan(0x39) == 65); /* space */
    CHECK(gui_keycode_from_scan(0x58) == 96); /* F12 */
    CHECK(gui_keycode_from_scan(GUI_SCAN_EXTENDED | 0x48) == 111); /* Up */
}

int main(void)
{
    every_scan_code_comes_back();
    every_keycode_comes_back();
    keys_are_in_their_places();
    return 0;
}
