/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's screen as one window. */
#include "screen.h"

#include <stdio.h>
#include <string.h>

#include <qubes-gui/keycodes.h>

#define WINDOW 1u
#define KEYCODES 256u

static void set_key(struct screen *screen, uint32_t keycode, bool down)
{
    if (keycode >= KEYCODES)
        return;
    uint8_t bit = (uint8_t)(1u << keycode % 8);
    uint8_t *byte = &screen->keys[keycode / 8];
    *byte = (uint8_t)(down ? *byte | bit : *byte & ~bit);
    rfb_key(&screen->rfb, gui_scan_from_keycode(keycode), down);
}

static bool is_down(const uint8_t keys[32], uint32_t keycode)
{
    return keys[keycode / 8] >> keycode % 8 & 1;
}

static void release_all_but(struct screen *screen, const uint8_t keys[32])
{
    for (uint32_t keycode = 0; keycode < KEYCODES; keycode++)
        if (is_down(screen->keys, keycode) && !is_down(keys, keycode))
            set_key(screen, keycode, false);
}

static void release_all(struct screen *screen)
{
    static const uint8_t none[32];
    release_all_but(screen, none);
    if (screen->buttons)
        rfb_pointer(&screen->rfb, screen->x, screen->y, screen->buttons = 0);
}

/* A pointer left of or above the window comes as a huge number. */
static void move(struct screen *screen, uint32_t x, uint32_t y)
{
    screen->x = (int32_t)x < 0 ? 0 : x;
    screen->y = (int32_t)y < 0 ? 0 : y;
    rfb_pointer(&screen->rfb, screen->x, screen->y, screen->buttons);
}

static void on_key(void *os, uint32_t window, const struct msg_keypress *key)
{
    (void)window;
    set_key(os, key->keycode, key->type == GUI_KEY_PRESS);
}

static void on_button(void *os, uint32_t window, const struct msg_button *button)
{
    struct screen *screen = os;
    (void)window;
    if (button->button < 1 || button->button > 8)
        return;
    uint8_t bit = (uint8_t)(1u << (button->button - 1));
    screen->buttons = (uint8_t)(button->type == GUI_BUTTON_PRESS ? screen->buttons | bit : screen->buttons & ~bit);
    move(screen, button->x, button->y);
}

static void on_motion(void *os, uint32_t window, const struct msg_motion *motion)
{
    (void)window;
    move(os, motion->x, motion->y);
}

static void on_crossing(void *os, uint32_t window, const struct msg_crossing *crossing)
{
    (void)os, (void)window, (void)crossing;
}

static void on_focus(void *os, uint32_t window, bool focused)
{
    (void)window;
    if (!focused)
        release_all(os);
}

static void on_keymap(void *os, const uint8_t keys[32])
{
    release_all_but(os, keys);
}

/* The user may move the window; its size is the guest's to choose. */
static void on_configure(void *os, uint32_t window, struct gui_agent_state *state)
{
    const struct screen *screen = os;
    (void)window;
    state->width = screen->rfb.width;
    state->height = screen->rfb.height;
}

/* Closing it is a stop of the domain, which the admin domain decides. */
static void on_close(void *os, uint32_t window)
{
    (void)os, (void)window;
}

static void on_flags(void *os, uint32_t window, uint32_t set, uint32_t unset)
{
    (void)os, (void)window, (void)set, (void)unset;
}

/* QEMU has no clipboard of the guest. */
static void on_clipboard_wanted(void *os)
{
    struct screen *screen = os;
    gui_agent_clipboard(&screen->agent, "", 0);
}

static void on_clipboard_given(void *os, const uint8_t *bytes, size_t size)
{
    (void)os, (void)bytes, (void)size;
}

static void on_screen(void *os, const struct msg_xconf *xconf)
{
    (void)os, (void)xconf;
}

static void on_redraw(void *os, uint32_t window)
{
    struct screen *screen = os;
    (void)window;
    screen->unsent = (struct gui_rect){0, 0, screen->rfb.width, screen->rfb.height};
}

static const struct gui_agent_ops ops = {
    .key = on_key,
    .button = on_button,
    .motion = on_motion,
    .crossing = on_crossing,
    .focus = on_focus,
    .keymap = on_keymap,
    .configure = on_configure,
    .close = on_close,
    .flags = on_flags,
    .clipboard_wanted = on_clipboard_wanted,
    .clipboard_given = on_clipboard_given,
    .screen = on_screen,
    .redraw = on_redraw,
};

void screen_init(struct screen *screen)
{
    memset(screen, 0, sizeof *screen);
    rfb_init(&screen->rfb);
    gui_agent_init(&screen->agent, &ops, screen);
}

void screen_free(struct screen *screen)
{
    gui_agent_free(&screen->agent);
    rfb_free(&screen->rfb);
}

/* The window, of the screen's size now, where the daemon last put it. */
static enum gui_status show_window(struct screen *screen)
{
    struct gui_agent_state state = {0};
    const struct gui_agent_state *known = gui_agent_find(&screen->agent, WINDOW);
    uint32_t width = screen->rfb.width, height = screen->rfb.height;
    if (known && known->width == width && known->height == height)
        return GUI_OK;
    if (known)
        state = *known;
    state.width = width;
    state.height = height;
    state.mapped = true;
    snprintf(state.title, sizeof state.title, "screen");
    snprintf(state.res_class, sizeof state.res_class, "qemu");
    snprintf(state.res_name, sizeof state.res_name, "screen");
    state.hints = (struct msg_window_hints){.flags = GUI_HINT_MIN_SIZE | GUI_HINT_MAX_SIZE,
                                            .min_width = width,
                                            .min_height = height,
                                            .max_width = width,
                                            .max_height = height};
    return gui_agent_update(&screen->agent, WINDOW, &state);
}

enum gui_status screen_show(struct screen *screen)
{
    struct rfb *rfb = &screen->rfb;
    if (!rfb->running)
        return GUI_OK;
    screen->unsent = gui_rect_clip(gui_rect_union(screen->unsent, rfb->damage), rfb->width, rfb->height);
    rfb->damage = (struct gui_rect){0, 0, 0, 0};
    enum gui_status status = show_window(screen);
    if (status != GUI_OK || !gui_agent_wants(&screen->agent, WINDOW, rfb->width, rfb->height, &screen->unsent))
        return status;
    const uint32_t *pixels = rfb->pixels + (size_t)screen->unsent.y * rfb->width + screen->unsent.x;
    return gui_agent_image(&screen->agent, WINDOW, rfb->width, rfb->height, pixels, rfb->width, &screen->unsent);
}
