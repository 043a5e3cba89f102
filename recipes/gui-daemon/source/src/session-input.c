/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the user does becomes messages, if it is meant for this domain. */
#include <string.h>

#include "session-parts.h"

/* While this much waits for the agent, new presses and motions are dropped; releases are not. */
#define BUSY (16u << 10)

static bool busy(const struct session *session)
{
    return gui_link_backlog(&session->link) > BUSY;
}

static bool inside(const struct window *window, const struct session_input *input)
{
    return input->x >= 0 && input->y >= 0 && (uint32_t)input->x < window->place.width &&
           (uint32_t)input->y < window->place.height;
}

static void send_plain(struct session *session, uint32_t type, uint32_t window)
{
    struct gui_message message = {.type = type, .window = window};

    session_send(session, &message);
}

/*
 * The two chords by which the user moves text between domains. Nothing else ever reads or fills
 * an app domain's clipboard.
 */
static bool clipboard_chord(struct session *session, const struct window *window, const struct session_input *input)
{
    static uint8_t text[GUI_MAX_CLIPBOARD];
    struct gui_message message = {.type = MSG_CLIPBOARD_DATA, .window = window->id, .data = text};
    const uint32_t chord = GUI_CONTROL | GUI_SHIFT;

    if ((input->state & (chord | GUI_MOD1 | GUI_MOD4)) != chord || (input->letter != 'c' && input->letter != 'v'))
        return false;
    if (!input->pressed || !session->greeted)
        return input->pressed;
    if (input->letter == 'c') {
        session->clipboard_wanted++;
        send_plain(session, MSG_CLIPBOARD_REQ, window->id);
    } else if (!busy(session)) {
        message.data_size = session->ops->clipboard_take(session->desktop, text);
        if (message.data_size)
            session_send(session, &message);
        memset(text, 0, sizeof text);
    }
    return true;
}

void session_key(struct session *session, struct window *window, const struct session_input *input)
{
    struct gui_message message = {.type = MSG_KEYPRESS, .window = window->id};
    uint8_t bit = (uint8_t)(1u << input->code % 8);
    uint8_t *down;

    if (session->focused != window->id || input->code > 255)
        return;
    if (input->pressed && clipboard_chord(session, window, input))
        return;
    down = &session->keys_down[input->code / 8];
    if (input->pressed ? busy(session) : !(*down & bit))
        return;
    *down = (uint8_t)(input->pressed ? *down | bit : *down & ~bit);
    message.body.keypress = (struct msg_keypress){input->pressed ? GUI_KEY_PRESS : GUI_KEY_RELEASE,
                                                  (uint32_t)input->x, (uint32_t)input->y, input->state, input->code};
    session_send(session, &message);
}

void session_button(struct session *session, struct window *window, const struct session_input *input)
{
    struct gui_message message = {.type = MSG_BUTTON, .window = window->id};
    uint32_t bit;

    if (input->code < 1 || input->code > 31)
        return;
    bit = 1u << input->code;
    /* A press on the border is for the daemon's desktop, not for the domain. */
    if (input->pressed ? busy(session) || !inside(window, input) : !(session->buttons_down & bit))
        return;
    if (input->pressed && !session->buttons_down)
        session->button_window = window->id;
    session->buttons_down = input->pressed ? session->buttons_down | bit : session->buttons_down & ~bit;
    message.body.button = (struct msg_button){input->pressed ? GUI_BUTTON_PRESS : GUI_BUTTON_RELEASE,
                                              (uint32_t)input->x, (uint32_t)input->y, input->state, input->code};
    session_send(session, &message);
}

/* Does the pointer's position concern the domain? Only while the user works in it. */
static bool followed(const struct session *session, const struct window *window, const struct session_input *input)
{
    if (busy(session) || !session->focused)
        return false;
    return inside(window, input) || (session->buttons_down && session->button_window == window->id);
}

void session_motion(struct session *session, struct window *window, const struct session_input *input)
{
    struct gui_message message = {.type = MSG_MOTION, .window = window->id};

    if (!followed(session, window, input))
        return;
    message.body.motion = (struct msg_motion){(uint32_t)input->x, (uint32_t)input->y, input->state, 0};
    session_send(session, &message);
}

void session_crossing(struct session *session, struct window *window, const struct session_input *input)
{
    struct gui_message message = {.type = MSG_CROSSING, .window = window->id};

    if (busy(session) || !session->focused)
        return;
    message.body.crossing = (struct msg_crossing){input->pressed ? GUI_ENTER : GUI_LEAVE,
                                                  (uint32_t)input->x,
                                                  (uint32_t)input->y,
                                                  input->state,
                                                  0,
                                                  0,
                                                  session->focused == window->id};
    session_send(session, &message);
}

void session_release_all(struct session *session)
{
    struct gui_message message = {.type = MSG_KEYMAP_NOTIFY};

    memset(session->keys_down, 0, sizeof session->keys_down);
    session_send(session, &message);
}

void session_focus(struct session *session, struct window *window, bool focused)
{
    struct gui_message message = {.type = MSG_FOCUS, .window = window->id};

    if (focused == (session->focused == window->id))
        return;
    session->focused = focused ? window->id : 0;
    if (!focused) {
        session->clipboard_stale += session->clipboard_wanted;
        session->clipboard_wanted = 0;
    }
    message.body.focus.type = focused ? GUI_FOCUS_IN : GUI_FOCUS_OUT;
    session_send(session, &message);
    session_release_all(session);
}

static void ask(struct session *session, struct window *window)
{
    const struct place *place = &window->place;
    struct gui_message message = {.type = MSG_CONFIGURE, .window = window->id};

    message.body.configure = (struct msg_configure){(uint32_t)place->x, (uint32_t)place->y, place->width,
                                                    place->height, window->override_redirect};
    window->asked = true;
    window->ask_again = false;
    session_send(session, &message);
}

void session_placed(struct session *session, struct window *window, struct place place)
{
    if (place.width < 1 || place.height < 1 || place.width > GUI_MAX_WIDTH || place.height > GUI_MAX_HEIGHT ||
        memcmp(&place, &window->place, sizeof place) == 0)
        return;
    window->place = place;
    if (window->asked)
        window->ask_again = true;
    else
        ask(session, window);
}

void session_answered(struct session *session, struct window *window)
{
    bool again = window->asked && window->ask_again;

    window->asked = window->ask_again = false;
    if (again)
        ask(session, window);
}

void session_close_window(struct session *session, struct window *window)
{
    send_plain(session, MSG_CLOSE, window->id);
}

void session_forget_window(struct session *session, const struct window *window)
{
    if (session->focused == window->id)
        session->focused = 0;
    if (session->button_window == window->id)
        session->button_window = 0;
}
