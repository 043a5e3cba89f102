/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A Windows desktop. Each window is one top-level window: the border and the domain's pixels. */
#include "view-win32.h"

#include <stdio.h>
#include <stdlib.h>

#include "os.h"

#define MANAGED_STYLE (WS_OVERLAPPEDWINDOW | WS_CLIPCHILDREN)
#define MENU_STYLE (WS_POPUP | WS_CLIPCHILDREN)
#define MENU_EXTENDED (WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE | WS_EX_TOPMOST)

/* Attributes of dwmapi.h that Windows 11 added. */
#define CAPTION_COLOUR 35

static COLORREF colour_of(const struct view *view)
{
    uint32_t c = view->options.colour;

    return RGB(c >> 16 & 0xff, c >> 8 & 0xff, c & 0xff);
}

/* Pixels are pixels: no scaling by the system, where it knows of such a wish. */
static void refuse_scaling(void)
{
    typedef BOOL(WINAPI * set_context)(HANDLE);
    HMODULE user = GetModuleHandleW(L"user32");
    set_context set = user ? (set_context)(void *)GetProcAddress(user, "SetProcessDpiAwarenessContext") : NULL;

    if (!set || !set((HANDLE)-4 /* DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2 */))
        SetProcessDPIAware();
}

/* Title bars in the label's colour, where the system can. */
static void colour_caption(const struct view *view, HWND hwnd)
{
    typedef HRESULT(WINAPI * set_attribute)(HWND, DWORD, const void *, DWORD);
    HMODULE dwm = LoadLibraryExW(L"dwmapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    set_attribute set = dwm ? (set_attribute)(void *)GetProcAddress(dwm, "DwmSetWindowAttribute") : NULL;
    COLORREF colour = colour_of(view);

    if (set)
        set(hwnd, CAPTION_COLOUR, &colour, sizeof colour);
}

static HICON square_icon(COLORREF colour)
{
    enum { SIDE = 32 };
    uint32_t pixels[SIDE * SIDE], opaque[SIDE] = {0};
    ICONINFO info = {.fIcon = TRUE};
    HICON icon;

    for (size_t i = 0; i < SIDE * SIDE; i++)
        pixels[i] = 0xff000000u | (uint32_t)GetRValue(colour) << 16 | (uint32_t)GetGValue(colour) << 8 | GetBValue(colour);
    info.hbmColor = CreateBitmap(SIDE, SIDE, 1, 32, pixels);
    info.hbmMask = CreateBitmap(SIDE, SIDE, 1, 1, opaque);
    icon = CreateIconIndirect(&info);
    DeleteObject(info.hbmColor);
    DeleteObject(info.hbmMask);
    return icon;
}

struct view *view_open(const struct options *options)
{
    WNDCLASSEXW class = {.cbSize = sizeof class,
                         .lpfnWndProc = view_procedure,
                         .hInstance = GetModuleHandleW(NULL),
                         .lpszClassName = VIEW_CLASS};
    struct view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    refuse_scaling();
    view->options = *options;
    view->border = CreateSolidBrush(colour_of(view));
    view->blank = CreateSolidBrush(RGB(0, 0, 0));
    view->icon = square_icon(colour_of(view));
    class.hIcon = class.hIconSm = view->icon;
    if (view->border && view->blank && RegisterClassExW(&class))
        return view;
    fprintf(stderr, "qubes-guid: no desktop: error %lu\n", GetLastError());
    view_close(view);
    return NULL;
}

void view_close(struct view *view)
{
    DeleteObject(view->border);
    DeleteObject(view->blank);
    DestroyIcon(view->icon);
    free(view);
}

struct place view_area(const struct view *view)
{
    (void)view;
    return (struct place){GetSystemMetrics(SM_XVIRTUALSCREEN), GetSystemMetrics(SM_YVIRTUALSCREEN),
                          (uint32_t)GetSystemMetrics(SM_CXVIRTUALSCREEN),
                          (uint32_t)GetSystemMetrics(SM_CYVIRTUALSCREEN)};
}

static void set_style(struct native *mine, const struct window *window)
{
    const struct msg_window_hints *hints = &window->hints;
    bool fixed = (hints->flags & GUI_HINT_MIN_SIZE) && (hints->flags & GUI_HINT_MAX_SIZE) &&
                 hints->min_width == hints->max_width && hints->min_height == hints->max_height;
    LONG_PTR style = window->override_redirect ? MENU_STYLE : MANAGED_STYLE;

    if (fixed)
        style &= ~(LONG_PTR)(WS_THICKFRAME | WS_MAXIMIZEBOX);
    style |= GetWindowLongPtrW(mine->hwnd, GWL_STYLE) & (WS_VISIBLE | WS_MINIMIZE | WS_MAXIMIZE);
    mine->override_redirect = window->override_redirect;
    SetWindowLongPtrW(mine->hwnd, GWL_STYLE, style);
    SetWindowLongPtrW(mine->hwnd, GWL_EXSTYLE, window->override_redirect ? MENU_EXTENDED : WS_EX_APPWINDOW);
    SetWindowPos(mine->hwnd, window->override_redirect ? HWND_TOPMOST : HWND_NOTOPMOST, 0, 0, 0, 0,
                 SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE | SWP_FRAMECHANGED);
}

/* The frame is what the system draws around: the place is that of the pixels inside the border. */
static void on_place(void *desktop, struct window *window)
{
    struct view *view = desktop;
    HWND hwnd = native(window)->hwnd;
    int border = (int)border_of(window);
    POINT origin = {0, 0};
    RECT outer, client;

    if (IsIconic(hwnd) || IsZoomed(hwnd) || !GetWindowRect(hwnd, &outer) || !GetClientRect(hwnd, &client) ||
        !ClientToScreen(hwnd, &origin))
        return;
    view->applying++;
    SetWindowPos(hwnd, NULL, window->place.x - border - (origin.x - outer.left),
                 window->place.y - border - (origin.y - outer.top),
                 (int)window->place.width + 2 * border + (outer.right - outer.left) - client.right,
                 (int)window->place.height + 2 * border + (outer.bottom - outer.top) - client.bottom,
                 SWP_NOZORDER | SWP_NOACTIVATE);
    view->applying--;
    /* The system may have had another mind. */
    PostMessageW(hwnd, VIEW_LOOK_PLACE, 0, 0);
}

static bool on_create(void *desktop, struct window *window)
{
    struct view *view = desktop;
    struct native *mine = calloc(1, sizeof *mine);

    if (!mine)
        return false;
    view->applying++;
    mine->view = view;
    mine->window = window;
    mine->hwnd = CreateWindowExW(0, VIEW_CLASS, L"", MANAGED_STYLE, 0, 0, 1, 1, NULL, NULL, GetModuleHandleW(NULL),
                                 NULL);
    view->applying--;
    if (!mine->hwnd) {
        free(mine);
        return false;
    }
    window->native = mine;
    SetWindowLongPtrW(mine->hwnd, GWLP_USERDATA, (LONG_PTR)mine);
    colour_caption(view, mine->hwnd);
    set_style(mine, window);
    on_place(view, window);
    return true;
}

/* With an owner Windows destroys what it owns; those windows are still their domain's. */
static BOOL CALLBACK disown(HWND hwnd, LPARAM owner)
{
    if (GetWindow(hwnd, GW_OWNER) == (HWND)owner)
        SetWindowLongPtrW(hwnd, GWLP_HWNDPARENT, 0);
    return TRUE;
}

static void on_destroy(void *desktop, struct window *window)
{
    struct view *view = desktop;
    struct native *mine = native(window);

    view->applying++;
    EnumThreadWindows(GetCurrentThreadId(), disown, (LPARAM)mine->hwnd);
    SetWindowLongPtrW(mine->hwnd, GWLP_USERDATA, 0);
    DestroyWindow(mine->hwnd);
    view->applying--;
    free(mine);
    window->native = NULL;
}

static void on_show(void *desktop, struct window *window)
{
    struct view *view = desktop;
    struct native *mine = native(window);
    struct window *owner = windows_find(&view->session->windows, window->transient_for);

    view->applying++;
    if (mine->override_redirect != window->override_redirect)
        set_style(mine, window);
    SetWindowLongPtrW(mine->hwnd, GWLP_HWNDPARENT, owner ? (LONG_PTR)native(owner)->hwnd : 0);
    on_place(view, window);
    if (!window->mapped)
        ShowWindow(mine->hwnd, SW_HIDE);
    else if (!IsWindowVisible(mine->hwnd))
        ShowWindow(mine->hwnd, window->override_redirect ? SW_SHOWNOACTIVATE : SW_SHOW);
    view->applying--;
    PostMessageW(mine->hwnd, VIEW_LOOK_FOCUS, 0, 0);
}

static void on_title(void *desktop, struct window *window)
{
    wchar_t wide[TITLE_SIZE];

    (void)desktop;
    if (MultiByteToWideChar(CP_UTF8, 0, window->title, -1, wide, TITLE_SIZE))
        SetWindowTextW(native(window)->hwnd, wide);
}

/* Windows has no rules by class. */
static void on_class(void *desktop, struct window *window)
{
    (void)desktop;
    (void)window;
}

static void on_hints(void *desktop, struct window *window)
{
    struct view *view = desktop;

    view->applying++;
    set_style(native(window), window);
    view->applying--;
}

static void on_cursor(void *desktop, struct window *window)
{
    (void)desktop;
    if (native(window)->pointer_inside)
        SetCursor(view_cursor(window));
}

static void on_paint(void *desktop, struct window *window, struct gui_rect rect)
{
    LONG border = (LONG)border_of(window);
    RECT area = {(LONG)rect.x + border, (LONG)rect.y + border, (LONG)(rect.x + rect.width) + border,
                 (LONG)(rect.y + rect.height) + border};

    (void)desktop;
    InvalidateRect(native(window)->hwnd, &area, FALSE);
}

static void on_minimise(void *desktop, struct window *window)
{
    struct view *view = desktop;

    if (native(window)->override_redirect)
        return;
    view->applying++;
    ShowWindow(native(window)->hwnd, SW_SHOWMINNOACTIVE);
    view->applying--;
}

static void on_attention(void *desktop, struct window *window, bool wanted)
{
    FLASHWINFO flash = {sizeof flash, native(window)->hwnd, wanted ? FLASHW_TRAY | FLASHW_TIMERNOFG : FLASHW_STOP, 0, 0};

    (void)desktop;
    FlashWindowEx(&flash);
}

const struct desktop_ops view_ops = {
    .create = on_create,
    .destroy = on_destroy,
    .show = on_show,
    .place = on_place,
    .title = on_title,
    .class = on_class,
    .hints = on_hints,
    .cursor = on_cursor,
    .paint = on_paint,
    .minimise = on_minimise,
    .attention = on_attention,
    .clipboard_put = os_clipboard_put,
    .clipboard_take = os_clipboard_take,
};
