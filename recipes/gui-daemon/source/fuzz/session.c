/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Fuzz target: everything an agent may send after its greeting, against a whole session. The user
 * does a little of everything in between, so that both sides' states meet.
 */
#include "play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct window *window, unsigned step)
{
    struct session_input input = {.pressed = step % 3 != 0, .x = (int)step - 2, .y = 1, .code = step % 32};

    session_focus(&session, window, step % 5 != 0);
    session_key(&session, window, &input);
    session_button(&session, window, &input);
    session_motion(&session, window, &input);
    session_crossing(&session, window, &input);
    if (step % 7 == 0)
        session_placed(&session, window, (struct place){(int)step, 2, 30 + step % 9, 40});
    input = (struct session_input){true, 1, 1, GUI_CONTROL | GUI_SHIFT, 54, step % 2 ? 'c' : 'v'};
    if (step % 11 == 0)
        session_key(&session, window, &input);
}

/* The input is given in pieces, as a stream arrives. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    play_greet();
    for (unsigned step = 0; size; step++) {
        size_t piece = size < 97 ? size : 97; /* a length that fits no message */
        struct window *window;

        play_bytes(data, piece);
        data += piece;
        size -= piece;
        if (play_pump() != GUI_OK)
            break;
        window = windows_any(&session.windows);
        if (window)
            use(window, step);
        wire.to_agent_size = 0;
    }
    play_close();
    return 0;
}
