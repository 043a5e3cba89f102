/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Titles, places, hints and cursors of hostile domains. */
#include <string.h>

#include <qubes-gui/text.h>

#include "check.h"
#include "sanitise.h"

static const char *title(const char *text, size_t size)
{
    static char out[TITLE_SIZE];

    memset(out, 'x', sizeof out);
    sanitise_title(out, "work", text, size);
    return out;
}

#define TITLE(text) title(text, sizeof text - 1)

static void titles_begin_with_their_domain(void)
{
    CHECK(strcmp(TITLE("Editor"), "[work] Editor") == 0);
    CHECK(strcmp(TITLE(""), "[work] ") == 0);
    CHECK(strcmp(TITLE("[vault] Keys"), "[work] [vault] Keys") == 0);
    CHECK(strcmp(TITLE("a\0b"), "[work] a") == 0);
    CHECK(strcmp(TITLE("Gr\xc3\xbc\xc3\x9f \xd0\xbf\xd1\x80\xd0\xb8 \xe6\x97\xa5"),
                 "[work] Gr\xc3\xbc\xc3\x9f \xd0\xbf\xd1\x80\xd0\xb8 \xe6\x97\xa5") == 0);
}

static void what_could_hide_or_imitate_the_prefix_is_replaced(void)
{
    CHECK(strcmp(TITLE("\r\n\x1b[2J\x7f\b\b\b"), "[work] ___[2J____") == 0);
    CHECK(strcmp(TITLE("\xe2\x80\xae" "evil"), "[work] _evil") == 0);         /* right-to-left override */
    CHECK(strcmp(TITLE("\xe2\x81\xa6" "evil\xe2\x81\xa9"), "[work] _evil_") == 0); /* isolates */
    CHECK(strcmp(TITLE("\xd7\x90\xd9\x84"), "[work] __") == 0);                /* scripts from right to left */
    CHECK(strcmp(TITLE("a\xe2\x80\x8b" "b\xef\xbb\xbf"), "[work] a_b_") == 0); /* invisible */
    CHECK(strcmp(TITLE("a\xcc\x81\xcd\xa2"), "[work] a__") == 0);              /* combining */
    CHECK(strcmp(TITLE("\xc2\x9b\xc2\xad\xe2\x80\xa8"), "[work] ___") == 0);   /* C1, soft hyphen, separator */
    CHECK(strcmp(TITLE("\xf0\x9f\x94\x92\xf3\xa0\x81\xa1"), "[work] __") == 0); /* a padlock, a tag */
    CHECK(strcmp(TITLE("\xff\xc3("), "[work] __(") == 0);                      /* no UTF-8 */
    CHECK(strcmp(TITLE("\xe2\x80"), "[work] __") == 0);                        /* cut */
}

/* Whatever comes, the result is bounded, valid UTF-8 and begins with the prefix. */
static void any_bytes_give_a_bounded_title(void)
{
    char text[300];
    uint32_t state = 1;

    for (int round = 0; round < 20000; round++) {
        size_t size = (size_t)round % sizeof text;
        const char *out;

        for (size_t i = 0; i < size; i++) {
            state = state * 1664525 + 1013904223;
            text[i] = (char)(state >> 24);
        }
        out = title(text, size);
        CHECK(memchr(out, 0, TITLE_SIZE) && memcmp(out, "[work] ", 7) == 0);
        for (size_t at = 0, used, length = strlen(out); at < length; at += used) {
            uint32_t character = gui_utf8_next((const uint8_t *)out + at, length - at, &used);

            CHECK(character != GUI_INVALID_CHARACTER && character >= 0x20);
        }
    }
}

static void classes_are_plain_identifiers(void)
{
    char out[8];

    sanitise_class(out, sizeof out, "Xt-1_.\xff", 7);
    CHECK(strcmp(out, "Xt-1_._") == 0);
    sanitise_class(out, sizeof out, "abcdefghijk", 11);
    CHECK(strcmp(out, "abcdefg") == 0);
    sanitise_class(out, sizeof out, "a:b\0c", 5);
    CHECK(strcmp(out, "a_b") == 0);
}

static const struct place desktop = {-100, 0, 1000, 800};

static void a_menu_stays_on_the_desktop_with_its_border(void)
{
    const int32_t positions[] = {INT32_MIN, -200, -98, 0, 400, 898, 2000, INT32_MAX};
    const size_t n = sizeof positions / sizeof positions[0];

    for (size_t i = 0; i < n * n; i++) {
        struct place place = {positions[i % n], positions[i / n], 300, 200};
        bool override_redirect = true;

        sanitise_place(&place, &desktop, &override_redirect);
        CHECK(override_redirect);
        CHECK(place.x - BORDER_OVERRIDE >= -100 && place.x + 300 + BORDER_OVERRIDE <= 900);
        CHECK(place.y - BORDER_OVERRIDE >= 0 && place.y + 200 + BORDER_OVERRIDE <= 800);
    }
}

static void a_menu_that_covers_the_desktop_loses_its_privilege(void)
{
    const struct place too_large[] = {{0, 0, 1000, 800}, {0, 0, 997, 10},  {0, 0, 10, 797},
                                      {0, 0, 700, 600},  {0, 0, 16384, 1}, {0, 0, 16384, 6144}};
    struct place half = {0, 0, 500, 796};
    bool override_redirect = true;

    sanitise_place(&half, &desktop, &override_redirect);
    CHECK(override_redirect);
    for (size_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
        struct place place = too_large[i];

        override_redirect = true;
        sanitise_place(&place, &desktop, &override_redirect);
        CHECK(!override_redirect && place.width == too_large[i].width);
    }
}

static void managed_windows_keep_possible_positions(void)
{
    struct place place = {INT32_MIN, INT32_MAX, 10, 10};
    bool override_redirect = false;

    sanitise_place(&place, &desktop, &override_redirect);
    CHECK(!override_redirect && place.x == -32000 && place.y == 32000);
    place = (struct place){-50, 60, 10, 10};
    sanitise_place(&place, &desktop, &override_redirect);
    CHECK(place.x == -50 && place.y == 60);
}

static void contradicting_hints_are_dropped(void)
{
    struct msg_window_hints hints = {0xffffffff, 10, 10, 20, 20, 1, 1, 5, 5};

    sanitise_hints(&hints);
    CHECK(hints.flags == (GUI_HINT_MIN_SIZE | GUI_HINT_MAX_SIZE | GUI_HINT_RESIZE_INC | GUI_HINT_BASE_SIZE));
    hints = (struct msg_window_hints){0xffffffff, 30, 10, 20, 20, 0, 1, 0xffffffff, 5};
    sanitise_hints(&hints);
    CHECK(hints.flags == 0);
    hints = (struct msg_window_hints){GUI_HINT_MAX_SIZE, 0, 0, 0xffffffff, 0xffffffff, 0, 0, 0, 0};
    sanitise_hints(&hints);
    CHECK(hints.flags == GUI_HINT_MAX_SIZE && hints.max_width == GUI_MAX_WIDTH && hints.max_height == GUI_MAX_HEIGHT);
    hints = (struct msg_window_hints){GUI_HINT_MAX_SIZE | GUI_HINT_MIN_SIZE, GUI_MAX_WIDTH + 1, 0, 0, 9, 0, 0, 0, 0};
    sanitise_hints(&hints);
    CHECK(hints.flags == 0);
}

static void cursors_are_glyphs_or_the_default(void)
{
    CHECK(sanitise_cursor(0) == 0 && sanitise_cursor(1) == 0 && sanitise_cursor(0xff) == 0);
    CHECK(sanitise_cursor(0x100) == 0x100 && sanitise_cursor(0x199) == 0x199);
    CHECK(sanitise_cursor(0x19a) == 0 && sanitise_cursor(0xffffffff) == 0);
}

int main(void)
{
    titles_begin_with_their_domain();
    what_could_hide_or_imitate_the_prefix_is_replaced();
    any_bytes_give_a_bounded_title();
    classes_are_plain_identifiers();
    a_menu_stays_on_the_desktop_with_its_border();
    a_menu_that_covers_the_desktop_loses_its_privilege();
    managed_windows_keep_possible_positions();
    contradicting_hints_are_dropped();
    cursors_are_glyphs_or_the_default();
    return 0;
}
