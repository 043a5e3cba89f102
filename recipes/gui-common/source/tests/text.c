/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* UTF-8: every code point there and back, every kind of broken sequence. */
#include <string.h>

#include <qubes-gui/text.h>

#include "check.h"

static void every_code_point_survives(void)
{
    for (uint32_t character = 0; character <= 0x10ffff; character++) {
        uint8_t bytes[4];
        size_t length, used;

        if (character >= 0xd800 && character < 0xe000)
            continue;
        length = gui_utf8_put(character, bytes);
        CHECK(gui_utf8_next(bytes, length, &used) == character && used == length);
        if (length > 1)
            CHECK(gui_utf8_next(bytes, length - 1, &used) == GUI_INVALID_CHARACTER && used == 1);
    }
}

/* Of all sequences of two bytes, and of all three after E0 and ED, the valid ones are counted. */
static void only_shortest_forms_are_valid(void)
{
    unsigned valid = 0;
    size_t used;

    for (unsigned pair = 0; pair < 65536; pair++) {
        const uint8_t bytes[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};

        valid += gui_utf8_next(bytes, 2, &used) != GUI_INVALID_CHARACTER && used == 2;
    }
    CHECK(valid == 0x800 - 0x80);
    for (unsigned first = 0xe0, expected = 0x1000 - 0x800; first <= 0xed; first += 0xd, expected = 0xd800 - 0xd000) {
        valid = 0;
        for (unsigned pair = 0; pair < 65536; pair++) {
            const uint8_t bytes[3] = {(uint8_t)first, (uint8_t)(pair >> 8), (uint8_t)pair};

            valid += gui_utf8_next(bytes, 3, &used) != GUI_INVALID_CHARACTER && used == 3;
        }
        CHECK(valid == expected);
    }
    CHECK(gui_utf8_next((const uint8_t *)"\xf4\x90\x80\x80", 4, &used) == GUI_INVALID_CHARACTER);
    CHECK(gui_utf8_next((const uint8_t *)"\xf0\x80\x80\x80", 4, &used) == GUI_INVALID_CHARACTER);
    CHECK(gui_utf8_next((const uint8_t *)"\xff", 1, &used) == GUI_INVALID_CHARACTER);
}

static void text_is_cut_between_characters(void)
{
    char out[6];

    gui_utf8_fit(out, sizeof out, "abcdefgh", 8);
    CHECK(memcmp(out, "abcde", 6) == 0);
    gui_utf8_fit(out, sizeof out, "abc\xe2\x82\xac", 6);
    CHECK(memcmp(out, "abc\0\0", 6) == 0);
    gui_utf8_fit(out, sizeof out, "ab\xe2\x82\xac", 5);
    CHECK(strcmp(out, "ab\xe2\x82\xac") == 0);
    gui_utf8_fit(out, sizeof out, "a\xff\0b", 4);
    CHECK(memcmp(out, "a?\0\0\0", 6) == 0);
    gui_utf8_fit(out, sizeof out, "", 0);
    CHECK(memcmp(out, "\0\0\0\0\0", 6) == 0);
}

int main(void)
{
    every_code_point_survives();
    only_shortest_forms_are_valid();
    text_is_cut_between_characters();
    return 0;
}
