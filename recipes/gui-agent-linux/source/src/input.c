/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user does in the GUI domain, done here by XTest; and wishes for windows. */
#include <string.h>

#include <X11/Xutil.h>
#include <X11/extensions/XTest.h>

#include "desktop.h"

static void press(struct desktop *desktop, uint32_t keycode, bool pressed)
{
    uint8_t bit = (uint8_t)(1u << keycode % 8), *down = &desktop->keys_down[keycode / 8];

    XTestFakeKeyEvent(desktop->display, keycode, pressed, CurrentTime);
    *down = (uint8_t)(pressed ? *down | bit : *down & ~bit);
}

/* A key that is down already and pressed again repeats; the X server wants to see it released. */
static void on_key(void *os, uint32_t window, const struct msg_keypress *key)
{
    struct desktop *desktop = os;
    bool down;

    (void)window;
    if (key->keycode < 8 || key->keycode > 255)
        return;
    down = desktop->keys_down[key->keycode / 8] >> key->keycode % 8 & 1;
    if (down)
        press(desktop, key->keycode, false);
    if (key->type == GUI_KEY_PRESS)
        press(desktop, key->keycode, true);
}

/* Moves the pointer to a place in a window. */
static void point(struct desktop *desktop, uint32_t window, uint32_t x, uint32_t y)
{
    const struct gui_agent_state *state = gui_agent_find(desktop->agent, window);

    if (state)
        XTestFakeMotionEvent(desktop->display, -1, state->x + (int32_t)x, state->y + (int32_t)y, CurrentTime);
}

static void on_button(void *os, uint32_t window, const struct msg_button *button)
{
    struct desktop *desktop = os;

    if (button->button < 1 || button->button > 31)
        return;
    /* What the user sees on top may be below others here. */
    if (button->type == GUI_BUTTON_PRESS)
        XRaiseWindow(desktop->display, window);
    point(desktop, window, button->x, button->y);
    XTestFakeButtonEvent(desktop->display, button->button, button->type == GUI_BUTTON_PRESS, CurrentTime);
}

static void on_motion(void *os, uint32_t window, const struct msg_motion *motion)
{
    point(os, window, motion->x, motion->y);
}

static void on_crossing(void *os, uint32_t window, const struct msg_crossing *crossing)
{
    if (crossing->type == GUI_ENTER)
        point(os, window, crossing->x, crossing->y);
}

static bool takes(struct desktop *desktop, Window window, Atom protocol)
{
    Atom *protocols = NULL;
    int count = 0;
    bool found = false;

    if (!XGetWMProtocols(desktop->display, window, &protocols, &count))
        return false;
    for (int i = 0; i < count; i++)
        found = found || protocols[i] == protocol;
    XFree(protocols);
    return found;
}

static void tell(struct desktop *desktop, Window window, Atom protocol)
{
    XEvent event = {.xclient = {.type = ClientMessage,
                                .window = window,
                                .message_type = desktop->atoms[PROTOCOLS],
                                .format = 32,
                                .data.l = {(long)protocol, CurrentTime}}};

    XSendEvent(desktop->display, window, False, NoEventMask, &event);
}

static void on_focus(void *os, uint32_t window, bool focused)
{
    struct desktop *desktop = os;

    if (!focused) {
        XSetInputFocus(desktop->display, None, RevertToNone, CurrentTime);
        return;
    }
    XRaiseWindow(desktop->display, window);
    XSetInputFocus(desktop->display, window, RevertToParent, CurrentTime);
    if (takes(desktop, window, desktop->atoms[TAKE_FOCUS]))
        tell(desktop, window, desktop->atoms[TAKE_FOCUS]);
}

static void on_keymap(void *os, const uint8_t keys[32])
{
    struct desktop *desktop = os;

    for (uint32_t keycode = 8; keycode < 256; keycode++) {
        bool down = desktop->keys_down[keycode / 8] >> keycode % 8 & 1;

        if (down && !(keys[keycode / 8] >> keycode % 8 & 1))
            press(desktop, keycode, false);
    }
}

static void on_configure(void *os, uint32_t window, struct gui_agent_state *state)
{
    struct desktop *desktop = os;
    struct pane *pane = desktop_pane(desktop, window);
    struct gui_agent_state now = *state;

    if (!pane)
        return;
    XMoveResizeWindow(desktop->display, window, state->x - pane->border, state->y - pane->border, state->width,
                      state->height);
    XSync(desktop->display, False);
    if (!pane_read(desktop, pane, &now))
        return;
    pixels_drop(desktop, pane);
    pane->dirty = (struct gui_rect){0, 0, now.width, now.height};
    *state = now;
}

static void on_close(void *os, uint32_t window)
{
    struct desktop *desktop = os;

    if (takes(desktop, window, desktop->atoms[DELETE_WINDOW]))
        tell(desktop, window, desktop->atoms[DELETE_WINDOW]);
    else
        XKillClient(desktop->display, window);
}

/* The daemon took a state back, such as full screen: the application is told by the property. */
static void on_flags(void *os, uint32_t window, uint32_t set, uint32_t unset)
{
    struct desktop *desktop = os;

    if (!set && unset & GUI_FLAG_FULLSCREEN)
        XDeleteProperty(desktop->display, window, desktop->atoms[NET_STATE]);
}

static void on_wanted(void *os)
{
    clipboard_request(os);
}

static void on_given(void *os, const uint8_t *bytes, size_t size)
{
    clipboard_give(os, bytes, size);
}

/* A new daemon: nothing is pressed in it. */
static void on_screen(void *os, const struct msg_xconf *xconf)
{
    const uint8_t none[32] = {0};

    (void)xconf;
    on_keymap(os, none);
}

static void on_redraw(void *os, uint32_t window)
{
    struct pane *pane = desktop_pane(os, window);

    if (pane)
        pane->dirty = (struct gui_rect){0, 0, GUI_MAX_WIDTH, GUI_MAX_HEIGHT};
}

const struct gui_agent_ops input_ops = {
    .key = on_key,
    .button = on_button,
    .motion = on_motion,
    .crossing = on_crossing,
    .focus = on_focus,
    .keymap = on_keymap,
    .configure = on_configure,
    .close = on_close,
    .flags = on_flags,
    .clipboard_wanted = on_wanted,
    .clipboard_given = on_given,
    .screen = on_screen,
    .redraw = on_redraw,
};
