/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Windows messages become calls of the session; and the loop that waits for both sides. */
#include <windowsx.h>

#include "view-win32.h"

#include <qubes-gui/keycodes.h>

/* While the system runs a loop of its own (moving, menus), a timer serves the agent; milliseconds. */
#define SERVE_TIMER 1
#define SERVE_PERIOD 15

/* Keys whose scan codes Windows reports in its own way, as X11 keycodes. */
#define KEYCODE_NUM_LOCK 77
#define KEYCODE_PAUSE 127

static bool down(int key)
{
    return GetKeyState(key) < 0;
}

static uint32_t state_now(void)
{
    uint32_t state = 0;

    state |= down(VK_SHIFT) ? GUI_SHIFT : 0;
    state |= down(VK_CONTROL) ? GUI_CONTROL : 0;
    state |= down(VK_MENU) ? GUI_MOD1 : 0;
    state |= down(VK_LWIN) || down(VK_RWIN) ? GUI_MOD4 : 0;
    state |= GetKeyState(VK_CAPITAL) & 1 ? GUI_LOCK : 0;
    state |= GetKeyState(VK_NUMLOCK) & 1 ? GUI_MOD2 : 0;
    state |= down(VK_LBUTTON) ? GUI_BUTTON1 : 0;
    state |= down(VK_MBUTTON) ? GUI_BUTTON2 : 0;
    state |= down(VK_RBUTTON) ? GUI_BUTTON3 : 0;
    return state;
}

static struct session_input input_at(const struct native *mine, LPARAM position)
{
    int border = (int)border_of(mine->window);

    return (struct session_input){
        .x = GET_X_LPARAM(position) - border, .y = GET_Y_LPARAM(position) - border, .state = state_now()};
}

static uint32_t keycode_of(WPARAM key, LPARAM details)
{
    uint32_t scan = (uint32_t)(details >> 16 & 0xff) | (details & 1 << 24 ? GUI_SCAN_EXTENDED : 0);

    if (key == VK_PAUSE || key == VK_NUMLOCK)
        return key == VK_PAUSE ? KEYCODE_PAUSE : KEYCODE_NUM_LOCK;
    if (!(scan & 0xff)) { /* made by software */
        scan = MapVirtualKeyW((UINT)key, MAPVK_VK_TO_VSC_EX);
        scan = (scan & 0xff) | (scan >> 8 == 0xe0 ? GUI_SCAN_EXTENDED : 0);
    }
    return gui_keycode_from_scan(scan);
}

/* With AltGr Windows invents a left Control just before it, at the same moment. */
static bool invented_control(WPARAM key, LPARAM details)
{
    MSG next;

    return key == VK_CONTROL && !(details & 1 << 24) && PeekMessageW(&next, NULL, WM_KEYFIRST, WM_KEYLAST, PM_NOREMOVE) &&
           next.wParam == VK_MENU && next.lParam & 1 << 24 && (LONG)next.time == GetMessageTime();
}

static void on_key(struct native *mine, bool pressed, WPARAM key, LPARAM details)
{
    struct session_input input = {.pressed = pressed, .state = state_now(), .code = keycode_of(key, details)};
    POINT pointer;
    int border = (int)border_of(mine->window);

    if (!input.code || (pressed && invented_control(key, details)))
        return;
    if (GetCursorPos(&pointer) && ScreenToClient(mine->hwnd, &pointer)) {
        input.x = pointer.x - border;
        input.y = pointer.y - border;
    }
    input.letter = key == 'C' ? 'c' : key == 'V' ? 'v' : 0;
    session_key(mine->view->session, mine->window, &input);
}

/* The pointer stays ours from the first press to the last release. */
static void on_button(struct native *mine, bool pressed, uint32_t button, LPARAM position)
{
    struct session_input input = input_at(mine, position);

    input.pressed = pressed;
    input.code = button;
    if (pressed)
        SetCapture(mine->hwnd);
    session_button(mine->view->session, mine->window, &input);
    if (!pressed && !mine->view->session->buttons_down)
        ReleaseCapture();
}

/* A notch of the wheel is a press and a release of buttons 4 to 7. */
static void on_wheel(struct native *mine, int *turned, int delta, uint32_t forward, uint32_t back, LPARAM position)
{
    POINT point = {GET_X_LPARAM(position), GET_Y_LPARAM(position)};

    ScreenToClient(mine->hwnd, &point);
    position = MAKELPARAM(point.x, point.y);
    for (*turned += delta; *turned >= WHEEL_DELTA || *turned <= -WHEEL_DELTA;) {
        struct session_input input = input_at(mine, position);

        input.code = *turned > 0 ? forward : back;
        input.pressed = true;
        session_button(mine->view->session, mine->window, &input);
        input.pressed = false;
        session_button(mine->view->session, mine->window, &input);
        *turned += *turned > 0 ? -WHEEL_DELTA : WHEEL_DELTA;
    }
}

static void on_move(struct native *mine, LPARAM position)
{
    struct session_input input = input_at(mine, position);
    TRACKMOUSEEVENT track = {sizeof track, TME_LEAVE, mine->hwnd, 0};

    if (!mine->pointer_inside) {
        mine->pointer_inside = TrackMouseEvent(&track);
        input.pressed = true;
        session_crossing(mine->view->session, mine->window, &input);
    }
    session_motion(mine->view->session, mine->window, &input);
}

static void on_leave(struct native *mine)
{
    struct session_input input = {.state = state_now()};

    mine->pointer_inside = false;
    session_crossing(mine->view->session, mine->window, &input);
}

/* Where the pixels are now. */
static void look_place(struct native *mine)
{
    int border = (int)border_of(mine->window);
    POINT origin = {border, border};
    RECT client;

    if (mine->view->applying || mine->override_redirect || IsIconic(mine->hwnd) || !IsWindowVisible(mine->hwnd) ||
        !GetClientRect(mine->hwnd, &client) || !ClientToScreen(mine->hwnd, &origin) || client.right <= 2 * border ||
        client.bottom <= 2 * border)
        return;
    session_placed(mine->view->session, mine->window,
                   (struct place){origin.x, origin.y, (uint32_t)(client.right - 2 * border),
                                  (uint32_t)(client.bottom - 2 * border)});
}

/* The focus comes and goes also while the session's wishes are fulfilled: then it is looked at later. */
static void on_focus(struct native *mine, bool focused)
{
    if (mine->view->applying)
        PostMessageW(mine->hwnd, VIEW_LOOK_FOCUS, 0, 0);
    else
        session_focus(mine->view->session, mine->window, focused);
}

static void on_limits(const struct native *mine, MINMAXINFO *limits)
{
    const struct msg_window_hints *hints = &mine->window->hints;
    RECT outer, client;
    LONG frame_x, frame_y, border = 2 * (LONG)border_of(mine->window);

    if (!GetWindowRect(mine->hwnd, &outer) || !GetClientRect(mine->hwnd, &client))
        return;
    frame_x = outer.right - outer.left - client.right + border;
    frame_y = outer.bottom - outer.top - client.bottom + border;
    if (mine->override_redirect)
        limits->ptMinTrackSize = (POINT){1, 1};
    if (hints->flags & GUI_HINT_MIN_SIZE)
        limits->ptMinTrackSize = (POINT){(LONG)hints->min_width + frame_x, (LONG)hints->min_height + frame_y};
    if (hints->flags & GUI_HINT_MAX_SIZE)
        limits->ptMaxTrackSize = (POINT){(LONG)hints->max_width + frame_x, (LONG)hints->max_height + frame_y};
}

/* Everything that the mouse does; false for other messages. */
static bool on_mouse(struct native *mine, UINT message, WPARAM wide, LPARAM position)
{
    switch (message) {
    case WM_LBUTTONDOWN:
    case WM_LBUTTONUP:
        on_button(mine, message == WM_LBUTTONDOWN, 1, position);
        return true;
    case WM_MBUTTONDOWN:
    case WM_MBUTTONUP:
        on_button(mine, message == WM_MBUTTONDOWN, 2, position);
        return true;
    case WM_RBUTTONDOWN:
    case WM_RBUTTONUP:
        on_button(mine, message == WM_RBUTTONDOWN, 3, position);
        return true;
    case WM_XBUTTONDOWN:
    case WM_XBUTTONUP:
        on_button(mine, message == WM_XBUTTONDOWN, GET_XBUTTON_WPARAM(wide) == XBUTTON1 ? 8 : 9, position);
        return true;
    case WM_MOUSEWHEEL:
        on_wheel(mine, &mine->wheel, GET_WHEEL_DELTA_WPARAM(wide), 4, 5, position);
        return true;
    case WM_MOUSEHWHEEL:
        on_wheel(mine, &mine->wheel_sideways, GET_WHEEL_DELTA_WPARAM(wide), 7, 6, position);
        return true;
    case WM_MOUSEMOVE:
        on_move(mine, position);
        return true;
    case WM_MOUSELEAVE:
        on_leave(mine);
        return true;
    default:
        return false;
    }
}

/* Everything else that is not left to the system; false if it is. */
static bool on_message(struct native *mine, UINT message, WPARAM wide, LPARAM details)
{
    switch (message) {
    case WM_PAINT:
        view_paint(mine);
        return true;
    case WM_ERASEBKGND:
        return true;
    case WM_SIZE:
        InvalidateRect(mine->hwnd, NULL, FALSE);
        return false;
    case WM_WINDOWPOSCHANGED:
    case VIEW_LOOK_PLACE:
        look_place(mine);
        return false;
    case WM_SETFOCUS:
    case WM_KILLFOCUS:
        on_focus(mine, message == WM_SETFOCUS);
        return false;
    case VIEW_LOOK_FOCUS:
        on_focus(mine, GetFocus() == mine->hwnd);
        return false;
    case WM_SYSKEYDOWN:
        if (wide == VK_F4)
            return false; /* becomes WM_CLOSE */
        on_key(mine, true, wide, details);
        return true;
    case WM_KEYDOWN:
        on_key(mine, true, wide, details);
        return true;
    case WM_KEYUP:
    case WM_SYSKEYUP:
        on_key(mine, false, wide, details);
        return true;
    case WM_CLOSE:
        session_close_window(mine->view->session, mine->window);
        return true;
    case WM_GETMINMAXINFO:
        on_limits(mine, (MINMAXINFO *)details);
        return true;
    case WM_DISPLAYCHANGE:
        session_resize_desktop(mine->view->session, view_area(mine->view));
        return false;
    case WM_ENTERSIZEMOVE:
    case WM_ENTERMENULOOP:
        SetTimer(mine->hwnd, SERVE_TIMER, SERVE_PERIOD, NULL);
        return false;
    case WM_EXITSIZEMOVE:
    case WM_EXITMENULOOP:
        KillTimer(mine->hwnd, SERVE_TIMER);
        return false;
    default:
        return on_mouse(mine, message, wide, details);
    }
}

LRESULT CALLBACK view_procedure(HWND hwnd, UINT message, WPARAM wide, LPARAM details)
{
    struct native *mine = (struct native *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    if (!mine || !mine->view->session)
        return DefWindowProcW(hwnd, message, wide, details);
    if (message == WM_SETCURSOR && LOWORD(details) == HTCLIENT) {
        SetCursor(view_cursor(mine->window));
        return TRUE;
    }
    if (message == WM_MOUSEACTIVATE && mine->override_redirect)
        return MA_NOACTIVATE;
    if (message == WM_TIMER && wide == SERVE_TIMER) {
        view_turn(mine->view); /* may destroy this very window */
        return 0;
    }
    if (on_message(mine, message, wide, details))
        return message == WM_ERASEBKGND;
    return DefWindowProcW(hwnd, message, wide, details);
}

bool view_turn(struct view *view)
{
    bool more = false;

    if (view->status == GUI_OK)
        view->status = session_pump(view->session, &more);
    if (view->status != GUI_OK)
        PostQuitMessage(0);
    return more;
}

enum gui_status view_run(struct view *view, struct session *session, libvchan_t *vchan)
{
    HANDLE event = libvchan_fd_for_select(vchan);

    view->session = session;
    for (;;) {
        bool more = view_turn(view);
        MSG message;

        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
            if (message.message == WM_QUIT)
                return view->status;
            DispatchMessageW(&message);
        }
        gui_link_flush(&session->link);
        if (session->ended != GUI_OK || more)
            continue;
        if (MsgWaitForMultipleObjectsEx(1, &event, INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE) == WAIT_OBJECT_0)
            libvchan_wait(vchan);
    }
}
