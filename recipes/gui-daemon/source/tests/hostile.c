/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A hostile agent: each attack ends the session with its own status, or is made harmless. */
#include "play.h"

#define HUGE_VALUE 0xffffffffu

static void header(uint32_t type, uint32_t window, uint32_t length)
{
    uint8_t bytes[GUI_HEADER_SIZE];
    const uint32_t words[] = {type, window, length};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
    play_bytes(bytes, sizeof bytes);
}

/* The session is over for good, nothing of it is left. */
static void expect_end(enum gui_status expected)
{
    CHECK(play_pump() == expected);
    CHECK(play_pump() == expected && session.ended == expected);
    play_close();
}

static void play_window(void)
{
    play_greet();
    CHECK(PLAY(MSG_CREATE, 1, 0, 0, 100, 100, 0, 0) == GUI_OK && PLAY(MSG_MAP, 1, 0, 0) == GUI_OK);
}

static void versions_without_common_ground_are_refused(void)
{
    const char *const versions[] = {"\0\0\0\0", "\x03\0\x01\0", "\0\0\x02\0", "\xff\xff\xff\xff"};

    for (size_t i = 0; i < 4; i++) {
        play_open();
        play_bytes(versions[i], 4);
        expect_end(GUI_BAD_VERSION);
        CHECK(wire.to_agent_size == 0);
    }
}

static void oversized_windows_are_refused(void)
{
    const uint32_t sizes[][2] = {{0, 1},          {1, 0},         {GUI_MAX_WIDTH + 1, 1}, {1, GUI_MAX_HEIGHT + 1},
                                 {HUGE_VALUE, 1}, {1, HUGE_VALUE}, {65536, 65536},         {0x80000000, 2}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        play_greet();
        CHECK(PLAY(MSG_CREATE, 1, 0, 0, sizes[i][0], sizes[i][1], 0, 0) == GUI_TOO_LARGE && desk.windows == 0);
        expect_end(GUI_TOO_LARGE);
        play_window();
        CHECK(PLAY(MSG_CONFIGURE, 1, 0, 0, sizes[i][0], sizes[i][1], 0) == GUI_TOO_LARGE && desk.places == 0);
        CHECK(session.ended_type == MSG_CONFIGURE);
        expect_end(GUI_TOO_LARGE);
        /* Also while an answer is awaited. */
        play_window();
        session_placed(&session, windows_find(&session.windows, 1), (struct place){1, 1, 50, 50});
        CHECK(PLAY(MSG_CONFIGURE, 1, 0, 0, sizes[i][0], sizes[i][1], 0) == GUI_TOO_LARGE);
        expect_end(GUI_TOO_LARGE);
    }
}

static void menus_that_cover_the_desktop_are_not_menus(void)
{
    play_greet();
    CHECK(PLAY(MSG_CREATE, 1, 0, 0, DESKTOP_WIDTH, DESKTOP_HEIGHT, 0, 1) == GUI_OK);
    CHECK(!windows_find(&session.windows, 1)->override_redirect);
    CHECK(PLAY(MSG_CREATE, 2, HUGE_VALUE, 0x7fffffff, 100, 100, 0, 1) == GUI_OK);
    CHECK(windows_find(&session.windows, 2)->override_redirect);
    CHECK(windows_find(&session.windows, 2)->place.x == BORDER_OVERRIDE);
    CHECK(windows_find(&session.windows, 2)->place.y == DESKTOP_HEIGHT - 100 - BORDER_OVERRIDE);
    CHECK(PLAY(MSG_CONFIGURE, 2, 0, 0, DESKTOP_WIDTH, DESKTOP_HEIGHT, 1) == GUI_OK);
    CHECK(!windows_find(&session.windows, 2)->override_redirect);
    CHECK(PLAY(MSG_MAP, 2, 0, 1) == GUI_OK && !windows_find(&session.windows, 2)->override_redirect);
    /* What is small on a large desktop is not on a small one. */
    CHECK(PLAY(MSG_CREATE, 3, 0, 0, 300, 200, 0, 1) == GUI_OK);
    CHECK(windows_find(&session.windows, 3)->override_redirect);
    session_resize_desktop(&session, (struct place){0, 0, 300, 200});
    CHECK(PLAY(MSG_MAP, 3, 0, 1) == GUI_OK && !windows_find(&session.windows, 3)->override_redirect);
    play_close();
}

static void windows_that_are_not_there_are_refused(void)
{
    const uint32_t types[] = {MSG_DESTROY, MSG_MAP,          MSG_UNMAP,        MSG_CONFIGURE, MSG_SHMIMAGE, MSG_WMNAME,
                              MSG_DOCK,    MSG_WINDOW_HINTS, MSG_WINDOW_FLAGS, MSG_WMCLASS,   MSG_CURSOR};
    const uint32_t ids[] = {0, 2, 65, HUGE_VALUE};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (size_t j = 0; j < sizeof ids / sizeof ids[0]; j++) {
            play_window();
            CHECK(play(types[i], ids[j], NULL) == GUI_UNKNOWN_WINDOW);
            expect_end(GUI_UNKNOWN_WINDOW);
        }
    }
    play_window();
    CHECK(play_dump(2, 10, 10, (struct gui_rect){0, 0, 1, 1}, 1) == GUI_UNKNOWN_WINDOW);
    expect_end(GUI_UNKNOWN_WINDOW);
    play_window();
    CHECK(PLAY(MSG_DESTROY, 1, 0) == GUI_OK && PLAY(MSG_DESTROY, 1, 0) == GUI_UNKNOWN_WINDOW);
    expect_end(GUI_UNKNOWN_WINDOW);
    play_greet();
    CHECK(PLAY(MSG_CREATE, 0, 0, 0, 1, 1, 0, 0) == GUI_UNKNOWN_WINDOW);
    expect_end(GUI_UNKNOWN_WINDOW);
    play_window();
    CHECK(PLAY(MSG_CREATE, 1, 0, 0, 1, 1, 0, 0) == GUI_DUPLICATE_WINDOW);
    expect_end(GUI_DUPLICATE_WINDOW);
}

static void a_flood_of_windows_is_bounded(void)
{
    enum gui_status status = GUI_OK;
    uint32_t id = 0;

    play_greet();
    while (status == GUI_OK && id < 100000)
        status = PLAY(MSG_CREATE, ++id * 64, 0, 0, 10, 10, 0, 0);
    CHECK(status == GUI_TOO_MANY_WINDOWS && desk.windows == MAX_WINDOWS && id == MAX_WINDOWS + 1);
    expect_end(GUI_TOO_MANY_WINDOWS);
    play_greet();
    desk.refuse = true;
    CHECK(PLAY(MSG_CREATE, 1, 0, 0, 10, 10, 0, 0) == GUI_NO_MEMORY);
    expect_end(GUI_NO_MEMORY);
}

static void a_flood_of_pixels_is_bounded(void)
{
    enum gui_status status = GUI_OK;
    uint32_t id = 0;

    play_greet();
    while (status == GUI_OK && id < 100) {
        id++;
        CHECK(PLAY(MSG_CREATE, id, 0, 0, 10, 10, 0, 0) == GUI_OK);
        status = play_dump(id, GUI_MAX_WIDTH, 2048, (struct gui_rect){0, 0, 1, 1}, 1);
        CHECK(session.pixel_bytes <= PIXEL_LIMIT);
    }
    CHECK(status == GUI_MEMORY_LIMIT && id == PIXEL_LIMIT / (GUI_MAX_WIDTH * 2048ull * 4) + 1);
    expect_end(GUI_MEMORY_LIMIT);
}

/* One turn handles a bounded number, so the user is heard in between. */
static void a_flood_of_messages_leaves_the_user_a_turn(void)
{
    struct gui_message move = {.type = MSG_CONFIGURE, .window = 1};
    bool more = true;
    int turns = 0;

    play_window();
    for (uint32_t i = 0; i < 20000; i++) {
        move.body.configure = (struct msg_configure){i + 1, 0, 10, 10, 0};
        play_message(&move);
    }
    for (; more; turns++) {
        int before = desk.places;

        CHECK(session_pump(&session, &more) == GUI_OK && desk.places - before <= 256);
    }
    CHECK(desk.places == 20000 && turns >= 20000 / 256);
    play_close();
}

static void a_flood_of_repaints_paints_once_a_turn(void)
{
    struct gui_message repaint = {.type = MSG_SHMIMAGE, .window = 1};
    bool more;

    play_window();
    CHECK(play_dump(1, 100, 100, (struct gui_rect){0, 0, 1, 1}, 1) == GUI_OK);
    for (uint32_t i = 0; i < 99; i++) {
        repaint.body.shmimage = (struct msg_shmimage){i, 10, 2, 2};
        play_message(&repaint);
    }
    CHECK(session_pump(&session, &more) == GUI_OK && desk.paints == 1);
    CHECK(desk.painted.x == 0 && desk.painted.y == 10 && desk.painted.width == 100 && desk.painted.height == 2);
    /* The surface shrinks before the turn ends: nothing outside of it is painted. */
    play_message(&repaint);
    CHECK(play_dump(1, 50, 11, (struct gui_rect){0, 0, 1, 1}, 1) == GUI_OK && desk.paints == 1);
    repaint.body.shmimage = (struct msg_shmimage){0, 0, 50, 11};
    play_message(&repaint);
    CHECK(play_dump(1, 20, 5, (struct gui_rect){0, 0, 1, 1}, 1) == GUI_OK && desk.paints == 2);
    CHECK(desk.painted.width == 20 && desk.painted.height == 5);
    play_close();
}

static void an_agent_that_never_listens_does_not_stop_the_user(void)
{
    struct session_input press = {.pressed = true, .x = 1, .y = 1, .code = 38}, release = {.code = 38};
    struct window *window;

    play_window();
    window = windows_find(&session.windows, 1);
    session_focus(&session, window, true);
    wire.deaf = true;
    for (int i = 0; i < 100000; i++) {
        session_motion(&session, window, &press);
        session_key(&session, window, &press);
        session_button(&session, window, &press);
        session_crossing(&session, window, &press);
        CHECK(play_pump() == GUI_OK);
    }
    CHECK(gui_link_backlog(&session.link) < 32 * 1024);
    session_key(&session, window, &release);
    CHECK(play_pump() == GUI_OK);
    /* What cannot be dropped is bounded too. */
    for (int i = 0; i < 100000; i++)
        session_close_window(&session, window);
    expect_end(GUI_FULL);
}

static void dumps_out_of_bounds_are_refused(void)
{
    const struct {
        uint32_t words[8];
        uint32_t length;
        enum gui_status status;
    } cases[] = {
        {{WINDOW_DUMP_TYPE_INBAND, 100, 100, 32, 1, 0, 100, 1}, 32 + 400, GUI_OUT_OF_BOUNDS},
        {{WINDOW_DUMP_TYPE_INBAND, 100, 100, 32, HUGE_VALUE, HUGE_VALUE, 2, 2}, 32 + 16, GUI_OUT_OF_BOUNDS},
        {{WINDOW_DUMP_TYPE_INBAND, 65536, 65536, 32, 0, 0, 1, 1}, 32 + 4, GUI_TOO_LARGE},
        {{WINDOW_DUMP_TYPE_INBAND, 1000, 1000, 32, 0, 0, 1000, 1000}, 32 + 4 * GUI_MAX_DUMP_PIXELS, GUI_TOO_LARGE},
        {{WINDOW_DUMP_TYPE_INBAND, 100, 100, 32, 0, 0, 1, 1}, 32 + 8, GUI_BAD_LENGTH},
        {{WINDOW_DUMP_TYPE_INBAND, 100, 100, 16, 0, 0, 1, 1}, 32 + 2, GUI_BAD_PIXEL_FORMAT},
        {{WINDOW_DUMP_TYPE_GRANT_REFS, 100, 100, 32, 1, 2, 3, 4}, 32, GUI_BAD_DUMP_TYPE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[32];

        play_window();
        header(MSG_WINDOW_DUMP, 1, cases[i].length);
        for (size_t at = 0; at < sizeof bytes; at++)
            bytes[at] = (uint8_t)(cases[i].words[at / 4] >> 8 * (at % 4));
        play_bytes(bytes, sizeof bytes);
        CHECK(play_pump() == cases[i].status && session.ended_type == MSG_WINDOW_DUMP);
        CHECK(session.pixel_bytes == 0);
        expect_end(cases[i].status);
    }
}

static void malformed_messages_are_refused(void)
{
    const struct {
        uint32_t type, length;
        enum gui_status status;
    } cases[] = {
        {MSG_CREATE, 23, GUI_BAD_LENGTH},           {MSG_CREATE, HUGE_VALUE, GUI_BAD_LENGTH},
        {MSG_DESTROY, 1, GUI_BAD_LENGTH},           {MSG_KEYPRESS, 20, GUI_WRONG_DIRECTION},
        {MSG_CLIPBOARD_REQ, 0, GUI_WRONG_DIRECTION}, {MSG_MFNDUMP, 28, GUI_OBSOLETE},
        {0, 0, GUI_UNKNOWN_TYPE},                   {149, 0, GUI_UNKNOWN_TYPE},
        {HUGE_VALUE, HUGE_VALUE, GUI_UNKNOWN_TYPE}, {MSG_CLIPBOARD_DATA, GUI_MAX_CLIPBOARD + 1, GUI_TOO_LARGE},
        {MSG_WINDOW_DUMP, HUGE_VALUE, GUI_TOO_LARGE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        play_window();
        header(cases[i].type, 1, cases[i].length);
        expect_end(cases[i].status);
    }
}

static void a_clipboard_nobody_asked_for_is_refused(void)
{
    struct gui_message data = {.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)"x", .data_size = 1};

    play_window();
    play_message(&data);
    CHECK(play_pump() == GUI_UNSOLICITED_CLIPBOARD && desk.clipboard_puts == 0);
    expect_end(GUI_UNSOLICITED_CLIPBOARD);
}

/* Otherwise it could replace, just before a paste, what was copied from another domain. */
static void an_answer_held_back_until_the_user_left_is_dropped(void)
{
    struct session_input copy = {.pressed = true, .state = GUI_CONTROL | GUI_SHIFT, .code = 54, .letter = 'c'};
    struct gui_message data = {.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)"x", .data_size = 1};
    struct window *window;

    play_window();
    window = windows_find(&session.windows, 1);
    session_focus(&session, window, true);
    session_key(&session, window, &copy);
    session_focus(&session, window, false);
    play_message(&data);
    CHECK(play_pump() == GUI_OK && desk.clipboard_puts == 0);
    session_focus(&session, window, true);
    session_key(&session, window, &copy);
    play_message(&data);
    CHECK(play_pump() == GUI_OK && desk.clipboard_puts == 1);
    play_message(&data);
    CHECK(play_pump() == GUI_UNSOLICITED_CLIPBOARD && desk.clipboard_puts == 1);
    play_close();
}

static void a_closed_window_takes_its_owner_and_drag_with_it(void)
{
    struct session_input press = {.pressed = true, .x = 1, .y = 1, .code = 1};

    play_window();
    session_focus(&session, windows_find(&session.windows, 1), true);
    session_button(&session, windows_find(&session.windows, 1), &press);
    CHECK(session.button_window == 1);
    CHECK(PLAY(MSG_DESTROY, 1, 0) == GUI_OK && session.button_window == 0 && session.focused == 0);
    play_close();
}

int main(void)
{
    versions_without_common_ground_are_refused();
    oversized_windows_are_refused();
    menus_that_cover_the_desktop_are_not_menus();
    windows_that_are_not_there_are_refused();
    a_flood_of_windows_is_bounded();
    a_flood_of_pixels_is_bounded();
    a_flood_of_messages_leaves_the_user_a_turn();
    a_flood_of_repaints_paints_once_a_turn();
    an_agent_that_never_listens_does_not_stop_the_user();
    dumps_out_of_bounds_are_refused();
    malformed_messages_are_refused();
    a_clipboard_nobody_asked_for_is_refused();
    an_answer_held_back_until_the_user_left_is_dropped();
    a_closed_window_takes_its_owner_and_drag_with_it();
    return 0;
}
