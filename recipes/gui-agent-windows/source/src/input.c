/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user does in the GUI domain, done here by SendInput; and wishes for windows. */
#include <qubes-gui/keycodes.h>

#include "desktop.h"

/* Keys that Windows knows by name rather than by scan code, as X11 keycodes. */
#define KEYCODE_NUM_LOCK 77
#define KEYCODE_PAUSE 127

static void hurry(struct desktop *desktop, uint32_t window)
{
    struct pane *pane = desktop_pane(desktop, window);

    if (pane)
        pace_hurry(&pane->pace, GetTickCount64());
}

static void press(struct desktop *desktop, uint32_t keycode, bool pressed)
{
    uint32_t scan = gui_scan_from_keycode(keycode);
    uint8_t bit = (uint8_t)(1u << keycode % 8), *down = &desktop->keys_down[keycode / 8];
    INPUT input = {.type = INPUT_KEYBOARD};

    if (keycode == KEYCODE_PAUSE || keycode == KEYCODE_NUM_LOCK) {
        input.ki.wVk = keycode == KEYCODE_PAUSE ? VK_PAUSE : VK_NUMLOCK;
    } else if (scan) {
        input.ki.wScan = (WORD)(scan & 0xff);
        /* Windows goes by the scan code alone; Wine's keyboard wants the key's name. */
        input.ki.wVk = (WORD)MapVirtualKeyW(input.ki.wScan | (scan & GUI_SCAN_EXTENDED ? 0xe000 : 0), MAPVK_VSC_TO_VK_EX);
        input.ki.dwFlags = KEYEVENTF_SCANCODE | (scan & GUI_SCAN_EXTENDED ? KEYEVENTF_EXTENDEDKEY : 0);
    } else {
        return;
    }
    if (!pressed)
        input.ki.dwFlags |= KEYEVENTF_KEYUP;
    SendInput(1, &input, sizeof input);
    *down = (uint8_t)(pressed ? *down | bit : *down & ~bit);
}

static void on_key(void *os, uint32_t window, const struct msg_keypress *key)
{
    if (key->keycode < 8 || key->keycode > 255)
        return;
    press(os, key->keycode, key->type == GUI_KEY_PRESS);
    hurry(os, window);
}

/* A coordinate of the screen in the 65536 steps that SendInput divides all screens into. */
static LONG step_of(int64_t position, int origin, int extent)
{
    return extent > 1 ? (LONG)((position - origin) * 65535 / (extent - 1)) : 0;
}

/* Moves the pointer to a place in a window, and does more there. */
static void point(struct desktop *desktop, uint32_t window, uint32_t x, uint32_t y, DWORD flags, DWORD data)
{
    const struct gui_agent_state *state = gui_agent_find(desktop->agent, window);
    INPUT input = {.type = INPUT_MOUSE};

    if (!state)
        return;
    input.mi.dx = step_of((int64_t)state->x + (int32_t)x, GetSystemMetrics(SM_XVIRTUALSCREEN),
                          GetSystemMetrics(SM_CXVIRTUALSCREEN));
    input.mi.dy = step_of((int64_t)state->y + (int32_t)y, GetSystemMetrics(SM_YVIRTUALSCREEN),
                          GetSystemMetrics(SM_CYVIRTUALSCREEN));
    input.mi.dwFlags = MOUSEEVENTF_MOVE | MOUSEEVENTF_ABSOLUTE | MOUSEEVENTF_VIRTUALDESK | flags;
    input.mi.mouseData = data;
    SendInput(1, &input, sizeof input);
}

/* Windows lets only who has the foreground give it away; sharing its input queue is having it. */
static void bring_forward(HWND hwnd)
{
    HWND front = GetForegroundWindow();
    DWORD theirs = front ? GetWindowThreadProcessId(front, NULL) : 0, ours = GetCurrentThreadId();
    bool attached = theirs && theirs != ours && AttachThreadInput(ours, theirs, TRUE);

    if (IsIconic(hwnd))
        ShowWindow(hwnd, SW_RESTORE);
    BringWindowToTop(hwnd);
    SetForegroundWindow(hwnd);
    if (attached)
        AttachThreadInput(ours, theirs, FALSE);
}

static const struct {
    DWORD press, release, data;
} buttons[] = {
    [1] = {MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, 0},
    [2] = {MOUSEEVENTF_MIDDLEDOWN, MOUSEEVENTF_MIDDLEUP, 0},
    [3] = {MOUSEEVENTF_RIGHTDOWN, MOUSEEVENTF_RIGHTUP, 0},
    [4] = {MOUSEEVENTF_WHEEL, 0, WHEEL_DELTA},
    [5] = {MOUSEEVENTF_WHEEL, 0, (DWORD)-WHEEL_DELTA},
    [6] = {MOUSEEVENTF_HWHEEL, 0, (DWORD)-WHEEL_DELTA},
    [7] = {MOUSEEVENTF_HWHEEL, 0, WHEEL_DELTA},
    [8] = {MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, XBUTTON1},
    [9] = {MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, XBUTTON2},
};

static void on_button(void *os, uint32_t window, const struct msg_button *button)
{
    const struct gui_agent_state *state = gui_agent_find(((struct desktop *)os)->agent, window);
    bool pressed = button->type == GUI_BUTTON_PRESS;
    DWORD flags;

    if (!state || button->button < 1 || button->button >= sizeof buttons / sizeof buttons[0])
        return;
    /* What the user sees on top may be below others here. */
    if (pressed && !state->override_redirect && GetForegroundWindow() != (HWND)(uintptr_t)window)
        bring_forward((HWND)(uintptr_t)window);
    flags = pressed ? buttons[button->button].press : buttons[button->button].release;
    point(os, window, button->x, button->y, flags, flags ? buttons[button->button].data : 0);
    hurry(os, window);
}

static void on_motion(void *os, uint32_t window, const struct msg_motion *motion)
{
    point(os, window, motion->x, motion->y, 0, 0);
    hurry(os, window);
}

static void on_crossing(void *os, uint32_t window, const struct msg_crossing *crossing)
{
    if (crossing->type == GUI_ENTER)
        point(os, window, crossing->x, crossing->y, 0, 0);
    hurry(os, window);
}

static void on_focus(void *os, uint32_t window, bool focused)
{
    if (focused)
        bring_forward((HWND)(uintptr_t)window);
    hurry(os, window);
}

static void on_keymap(void *os, const uint8_t keys[32])
{
    struct desktop *desktop = os;

    for (uint32_t keycode = 8; keycode < 256; keycode++) {
        if ((desktop->keys_down[keycode / 8] & ~keys[keycode / 8]) >> keycode % 8 & 1)
            press(desktop, keycode, false);
    }
}

/* The invisible border belongs to the window but not to its place. */
static void on_configure(void *os, uint32_t window, struct gui_agent_state *state)
{
    struct pane *pane = desktop_pane(os, window);
    struct gui_agent_state now = *state;
    RECT whole;

    if (!pane || pane->minimised || !GetWindowRect(pane->hwnd, &whole))
        return;
    SetWindowPos(pane->hwnd, NULL, state->x - pane->inset.x, state->y - pane->inset.y,
                 (int)state->width + (whole.right - whole.left) - (int)pane->width,
                 (int)state->height + (whole.bottom - whole.top) - (int)pane->height,
                 SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOOWNERZORDER);
    if (desktop_place(pane, &now) && now.width && now.height && now.width <= GUI_MAX_WIDTH &&
        now.height <= GUI_MAX_HEIGHT)
        *state = now;
    hurry(os, window);
}

static void on_close(void *os, uint32_t window)
{
    (void)os;
    PostMessageW((HWND)(uintptr_t)window, WM_CLOSE, 0, 0);
}

/* Nothing that the agent asks for can be refused in a way that Windows would understand. */
static void on_flags(void *os, uint32_t window, uint32_t set, uint32_t unset)
{
    (void)os;
    (void)window;
    (void)set;
    (void)unset;
}

static void on_wanted(void *os)
{
    clipboard_send(os);
}

static void on_given(void *os, const uint8_t *bytes, size_t size)
{
    clipboard_set(os, bytes, size);
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
    hurry(os, window);
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
