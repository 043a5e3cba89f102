/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* An honest agent and a user: what each of them causes at the other. */
#include "play.h"

#define INPUT(...) (&(struct session_input){__VA_ARGS__})

static struct window *window(uint32_t id)
{
    return windows_find(&session.windows, id);
}

/* A mapped window 1 of 200 x 100 at (50, 60). */
static void play_window(void)
{
    play_greet();
    CHECK(PLAY(MSG_CREATE, 1, 50, 60, 200, 100, 0, 0) == GUI_OK);
    CHECK(PLAY(MSG_MAP, 1, 0, 0) == GUI_OK);
}

static void play_focus(uint32_t id)
{
    session_focus(&session, window(id), true);
    CHECK(heard().body.focus.type == GUI_FOCUS_IN);
    CHECK(heard().type == MSG_KEYMAP_NOTIFY);
}

static void a_greeting_tells_the_desktop(void)
{
    struct msg_xconf xconf;

    play_open();
    play_bytes("\x04\x00", 2);
    CHECK(play_pump() == GUI_OK && wire.to_agent_size == 0);
    play_bytes("\x01\x00", 2);
    CHECK(play_pump() == GUI_OK && wire.to_agent_size == GUI_VERSION_SIZE + GUI_XCONF_SIZE);
    gui_decode_xconf(wire.to_agent + GUI_VERSION_SIZE, &xconf);
    CHECK(xconf.w == DESKTOP_WIDTH && xconf.h == DESKTOP_HEIGHT && xconf.depth == 24);
    play_close();
}

static void windows_come_change_and_go(void)
{
    struct gui_message name = {.type = MSG_WMNAME, .window = 1};

    play_window();
    CHECK(desk.windows == 1 && strcmp(window(1)->title, "[work] ") == 0 && window(1)->mapped);
    strcpy(name.body.wmname.data, "Mail");
    play_message(&name);
    CHECK(play_pump() == GUI_OK && strcmp(window(1)->title, "[work] Mail") == 0);
    CHECK(PLAY(MSG_CONFIGURE, 1, (uint32_t)-5, 7, 300, 150, 0) == GUI_OK);
    CHECK(desk.places == 1 && window(1)->place.x == -5 && window(1)->place.width == 300);
    CHECK(PLAY(MSG_CONFIGURE, 1, (uint32_t)-5, 7, 300, 150, 0) == GUI_OK && desk.places == 1);
    CHECK(PLAY(MSG_WINDOW_HINTS, 1, GUI_HINT_MIN_SIZE, 20, 20) == GUI_OK && desk.hints == 1);
    CHECK(PLAY(MSG_CURSOR, 1, 0x100 + 152) == GUI_OK && window(1)->cursor == 0x100 + 152);
    CHECK(PLAY(MSG_UNMAP, 1, 0) == GUI_OK && !window(1)->mapped && desk.shows == 2);
    CHECK(PLAY(MSG_DESTROY, 1, 0) == GUI_OK && desk.windows == 0 && !window(1));
    wire.gone = true;
    CHECK(play_pump() == GUI_CLOSED);
    play_close();
}

static void a_class_carries_its_domain(void)
{
    struct gui_message name = {.type = MSG_WMCLASS, .window = 1};

    play_window();
    CHECK(strcmp(window(1)->res_class, "work:") == 0);
    strcpy(name.body.wmclass.res_class, "vault:Keys");
    strcpy(name.body.wmclass.res_name, "keys");
    play_message(&name);
    CHECK(play_pump() == GUI_OK);
    CHECK(strcmp(window(1)->res_class, "work:vault_Keys") == 0 && strcmp(window(1)->res_name, "keys") == 0);
    play_close();
}

static void pixels_show_when_they_are_complete(void)
{
    play_window();
    CHECK(PLAY(MSG_SHMIMAGE, 1, 0, 0, 200, 100) == GUI_OK && desk.paints == 0);
    CHECK(play_dump(1, 200, 100, (struct gui_rect){10, 20, 5, 6}, 0x55) == GUI_OK && desk.paints == 0);
    CHECK(PLAY(MSG_SHMIMAGE, 1, 10, 20, 5, 6) == GUI_OK && desk.paints == 1);
    CHECK(desk.painted.x == 10 && desk.painted.height == 6);
    CHECK(window(1)->surface.pixels[20 * 200 + 10] == 0x555555 && window(1)->surface.pixels[0] == 0);
    CHECK(PLAY(MSG_SHMIMAGE, 1, (uint32_t)-3, 90, 1000, 1000) == GUI_OK);
    CHECK(desk.painted.x == 0 && desk.painted.width == 200 && desk.painted.height == 10);
    CHECK(PLAY(MSG_SHMIMAGE, 1, 200, 0, 1, 1) == GUI_OK && desk.paints == 2);
    play_close();
}

static void owners_never_form_a_circle(void)
{
    play_window();
    CHECK(PLAY(MSG_CREATE, 2, 0, 0, 10, 10, 0, 0) == GUI_OK && PLAY(MSG_MAP, 2, 1, 0) == GUI_OK);
    CHECK(PLAY(MSG_CREATE, 3, 0, 0, 10, 10, 0, 0) == GUI_OK && PLAY(MSG_MAP, 3, 2, 0) == GUI_OK);
    CHECK(window(2)->transient_for == 1 && window(3)->transient_for == 2);
    CHECK(PLAY(MSG_MAP, 1, 3, 0) == GUI_OK && window(1)->transient_for == 0);
    CHECK(PLAY(MSG_MAP, 1, 1, 0) == GUI_OK && window(1)->transient_for == 0);
    CHECK(PLAY(MSG_MAP, 1, 99, 0) == GUI_OK && window(1)->transient_for == 0);
    play_close();
}

static void keys_reach_only_the_focused_window(void)
{
    struct gui_message got;

    play_window();
    CHECK(PLAY(MSG_CREATE, 2, 0, 0, 10, 10, 0, 0) == GUI_OK);
    session_key(&session, window(1), INPUT(.pressed = true, .code = 38));
    CHECK(heard().type == 0);
    play_focus(1);
    session_key(&session, window(2), INPUT(.pressed = true, .code = 38));
    session_key(&session, window(1), INPUT(.pressed = true, .code = 300));
    session_key(&session, window(1), INPUT(.pressed = false, .code = 38));
    CHECK(heard().type == 0);
    session_key(&session, window(1), INPUT(.pressed = true, .x = 5, .y = 6, .state = GUI_SHIFT, .code = 38));
    got = heard();
    CHECK(got.type == MSG_KEYPRESS && got.window == 1 && got.body.keypress.type == GUI_KEY_PRESS);
    CHECK(got.body.keypress.keycode == 38 && got.body.keypress.state == GUI_SHIFT && got.body.keypress.y == 6);
    session_key(&session, window(1), INPUT(.pressed = false, .code = 38));
    CHECK(heard().body.keypress.type == GUI_KEY_RELEASE);
    play_close();
}

static void losing_the_focus_releases_everything(void)
{
    struct gui_message got;

    play_window();
    play_focus(1);
    session_key(&session, window(1), INPUT(.pressed = true, .code = 50));
    CHECK(heard().type == MSG_KEYPRESS);
    session_focus(&session, window(1), false);
    session_focus(&session, window(1), false);
    CHECK(heard().body.focus.type == GUI_FOCUS_OUT);
    got = heard();
    CHECK(got.type == MSG_KEYMAP_NOTIFY);
    for (size_t i = 0; i < 32; i++)
        CHECK(got.body.keymap.keys[i] == 0);
    session_key(&session, window(1), INPUT(.pressed = false, .code = 50));
    CHECK(heard().type == 0);
    play_focus(1);
    CHECK(PLAY(MSG_DESTROY, 1, 0) == GUI_OK && session.focused == 0);
    play_close();
}

static void the_pointer_counts_inside_the_pixels_only(void)
{
    struct gui_message got;

    play_window();
    session_motion(&session, window(1), INPUT(.x = 5, .y = 5));
    session_crossing(&session, window(1), INPUT(.pressed = true, .x = 5, .y = 5));
    CHECK(heard().type == 0);
    play_focus(1);
    session_motion(&session, window(1), INPUT(.x = -1, .y = 5));
    session_motion(&session, window(1), INPUT(.x = 200, .y = 5));
    session_button(&session, window(1), INPUT(.pressed = true, .x = 5, .y = 100, .code = 1));
    session_button(&session, window(1), INPUT(.pressed = true, .x = 5, .y = 5, .code = 0));
    session_button(&session, window(1), INPUT(.pressed = true, .x = 5, .y = 5, .code = 32));
    session_button(&session, window(1), INPUT(.pressed = false, .x = 5, .y = 5, .code = 1));
    CHECK(heard().type == 0);
    session_motion(&session, window(1), INPUT(.x = 199, .y = 99));
    got = heard();
    CHECK(got.type == MSG_MOTION && got.body.motion.x == 199 && got.body.motion.y == 99);
    session_crossing(&session, window(1), INPUT(.pressed = false, .x = 5, .y = 5));
    got = heard();
    CHECK(got.type == MSG_CROSSING && got.body.crossing.type == GUI_LEAVE && got.body.crossing.focus == 1);

    /* A drag goes on outside, until the button is let go. */
    session_button(&session, window(1), INPUT(.pressed = true, .x = 5, .y = 5, .code = 1));
    CHECK(heard().body.button.type == GUI_BUTTON_PRESS);
    session_motion(&session, window(1), INPUT(.x = -30, .y = 500));
    CHECK(heard().body.motion.x == (uint32_t)-30);
    session_button(&session, window(1), INPUT(.pressed = false, .x = -30, .y = 500, .code = 1));
    CHECK(heard().body.button.type == GUI_BUTTON_RELEASE);
    session_motion(&session, window(1), INPUT(.x = -30, .y = 500));
    CHECK(heard().type == 0);
    play_close();
}

static void the_clipboard_moves_by_the_two_chords_alone(void)
{
    const uint32_t chord = GUI_CONTROL | GUI_SHIFT;
    struct gui_message data = {.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)"secret", .data_size = 6}, got;

    play_window();
    play_focus(1);
    session_key(&session, window(1), INPUT(.pressed = true, .state = chord, .code = 54, .letter = 'c'));
    got = heard();
    CHECK(got.type == MSG_CLIPBOARD_REQ && got.window == 1);
    session_key(&session, window(1), INPUT(.pressed = false, .state = chord, .code = 54, .letter = 'c'));
    CHECK(heard().type == 0);
    play_message(&data);
    CHECK(play_pump() == GUI_OK && desk.clipboard_puts == 1 && desk.clipboard_size == 6);

    session_key(&session, window(1), INPUT(.pressed = true, .state = chord | GUI_MOD2, .code = 55, .letter = 'v'));
    got = heard();
    CHECK(got.type == MSG_CLIPBOARD_DATA && got.data_size == 6 && memcmp(got.data, "secret", 6) == 0);
    /* Pasted once: the shared clipboard is empty again. */
    session_key(&session, window(1), INPUT(.pressed = true, .state = chord, .code = 55, .letter = 'v'));
    CHECK(heard().type == 0);

    /* Similar keys are the application's own. */
    session_key(&session, window(1), INPUT(.pressed = true, .state = GUI_CONTROL, .code = 54, .letter = 'c'));
    CHECK(heard().type == MSG_KEYPRESS);
    session_key(&session, window(1), INPUT(.pressed = true, .state = chord | GUI_MOD1, .code = 54, .letter = 'c'));
    CHECK(heard().type == MSG_KEYPRESS);
    session_key(&session, window(1), INPUT(.pressed = true, .state = chord, .code = 53, .letter = 0));
    CHECK(heard().type == MSG_KEYPRESS);
    play_close();
}

static void the_user_moves_windows_one_wish_at_a_time(void)
{
    struct gui_message got;

    play_window();
    session_placed(&session, window(1), (struct place){50, 60, 200, 100});
    session_placed(&session, window(1), (struct place){0, 0, 0, 100});
    CHECK(heard().type == 0);
    session_placed(&session, window(1), (struct place){10, 20, 210, 110});
    got = heard();
    CHECK(got.type == MSG_CONFIGURE && got.body.configure.width == 210 && got.body.configure.x == 10);
    session_placed(&session, window(1), (struct place){11, 20, 220, 110});
    session_placed(&session, window(1), (struct place){12, 20, 230, 110});
    CHECK(heard().type == 0);
    CHECK(PLAY(MSG_CONFIGURE, 1, 10, 20, 210, 110, 0) == GUI_OK);
    got = heard();
    CHECK(got.type == MSG_CONFIGURE && got.body.configure.width == 230 && got.body.configure.x == 12);
    /* The application insists on another size: the window stays where the user put it. */
    CHECK(PLAY(MSG_CONFIGURE, 1, 12, 20, 205, 110, 0) == GUI_OK);
    CHECK(heard().type == 0 && window(1)->place.width == 230 && desk.places == 0);
    /* Later it may change its size by itself. */
    CHECK(PLAY(MSG_CONFIGURE, 1, 12, 20, 205, 110, 0) == GUI_OK && desk.places == 1);
    CHECK(window(1)->place.width == 205);
    session_close_window(&session, window(1));
    CHECK(heard().type == MSG_CLOSE && window(1));
    play_close();
}

static void requests_of_state_are_limited(void)
{
    struct gui_message got;

    play_window();
    CHECK(PLAY(MSG_WINDOW_FLAGS, 1, GUI_FLAG_MINIMIZE | GUI_FLAG_DEMANDS_ATTENTION, 0) == GUI_OK);
    CHECK(desk.minimised == 1 && desk.attention == 1 && heard().type == 0);
    CHECK(PLAY(MSG_WINDOW_FLAGS, 1, GUI_FLAG_FULLSCREEN, GUI_FLAG_DEMANDS_ATTENTION) == GUI_OK);
    got = heard();
    CHECK(desk.attention == 0 && got.type == MSG_WINDOW_FLAGS && got.body.flags.flags_unset == GUI_FLAG_FULLSCREEN);
    CHECK(PLAY(MSG_DOCK, 1, 0) == GUI_OK);
    play_close();
}

int main(void)
{
    a_greeting_tells_the_desktop();
    windows_come_change_and_go();
    a_class_carries_its_domain();
    pixels_show_when_they_are_complete();
    owners_never_form_a_circle();
    keys_reach_only_the_focused_window();
    losing_the_focus_releases_everything();
    the_pointer_counts_inside_the_pixels_only();
    the_clipboard_moves_by_the_two_chords_alone();
    the_user_moves_windows_one_wish_at_a_time();
    requests_of_state_are_limited();
    return 0;
}
