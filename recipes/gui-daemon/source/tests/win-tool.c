/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * What a test needs on a Windows desktop: questions about windows, and a user's hands.
 * Usage: win-tool COMMAND ARGUMENT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static HWND find(const wchar_t *title)
{
    HWND window = FindWindowW(NULL, title);

    return window && IsWindowVisible(window) ? window : NULL;
}

/* find TITLE: prints "X Y WIDTH HEIGHT POPUP" of its client area on the screen. */
static int print_place(const wchar_t *title)
{
    HWND window = find(title);
    POINT origin = {0, 0};
    RECT client;

    if (!window || !ClientToScreen(window, &origin) || !GetClientRect(window, &client))
        return 1;
    printf("%ld %ld %ld %ld %d\n", origin.x, origin.y, client.right, client.bottom,
           (GetWindowLongW(window, GWL_STYLE) & WS_CAPTION) != WS_CAPTION);
    return 0;
}

/* type TITLE KEYS: makes it the foreground window, types capital letters; '+' and '-' hold the chord. */
static int type(const wchar_t *title, const wchar_t *keys)
{
    HWND window = find(title);

    if (!window || !SetForegroundWindow(window))
        return 1;
    for (; *keys; keys++) {
        DWORD up = *keys == L'-' ? KEYEVENTF_KEYUP : 0;

        if (*keys == L'+' || *keys == L'-') {
            keybd_event(VK_CONTROL, 0x1d, up, 0);
            keybd_event(VK_SHIFT, 0x2a, up, 0);
            continue;
        }
        keybd_event((BYTE)*keys, (BYTE)MapVirtualKeyW(*keys, MAPVK_VK_TO_VSC), 0, 0);
        keybd_event((BYTE)*keys, (BYTE)MapVirtualKeyW(*keys, MAPVK_VK_TO_VSC), KEYEVENTF_KEYUP, 0);
    }
    return 0;
}

/* click X Y. */
static int click(int x, int y)
{
    SetCursorPos(x, y);
    mouse_event(MOUSEEVENTF_LEFTDOWN, 0, 0, 0, 0);
    mouse_event(MOUSEEVENTF_LEFTUP, 0, 0, 0, 0);
    return 0;
}

/* resize TITLE WIDTH HEIGHT: of the whole window, as a user does. */
static int resize(const wchar_t *title, int width, int height)
{
    HWND window = find(title);

    return !window || !SetWindowPos(window, NULL, 0, 0, width, height, SWP_NOMOVE | SWP_NOZORDER);
}

static int close_window(const wchar_t *title)
{
    HWND window = find(title);

    return !window || !PostMessageW(window, WM_CLOSE, 0, 0);
}

/* copy TEXT: onto the clipboard. */
static int copy(const wchar_t *text)
{
    size_t size = (wcslen(text) + 1) * sizeof *text;
    HWND window = CreateWindowExW(0, L"STATIC", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);
    void *place = memory ? GlobalLock(memory) : NULL;

    if (!place || !OpenClipboard(window))
        return 1;
    memcpy(place, text, size);
    GlobalUnlock(memory);
    EmptyClipboard();
    SetClipboardData(CF_UNICODETEXT, memory);
    return !CloseClipboard();
}

/* paste: prints the clipboard. */
static int paste(void)
{
    HGLOBAL memory = OpenClipboard(NULL) ? GetClipboardData(CF_UNICODETEXT) : NULL;
    const wchar_t *text = memory ? GlobalLock(memory) : NULL;

    if (!text)
        return 1;
    printf("%ls\n", text);
    return !CloseClipboard();
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *command = argc > 1 ? argv[1] : L"";

    if (!wcscmp(command, L"find") && argc == 3)
        return print_place(argv[2]);
    if (!wcscmp(command, L"type") && argc == 4)
        return type(argv[2], argv[3]);
    if (!wcscmp(command, L"click") && argc == 4)
        return click(_wtoi(argv[2]), _wtoi(argv[3]));
    if (!wcscmp(command, L"resize") && argc == 5)
        return resize(argv[2], _wtoi(argv[3]), _wtoi(argv[4]));
    if (!wcscmp(command, L"close") && argc == 3)
        return close_window(argv[2]);
    if (!wcscmp(command, L"copy") && argc == 3)
        return copy(argv[2]);
    if (!wcscmp(command, L"paste"))
        return paste();
    fputs("win-tool: unknown command\n", stderr);
    return 2;
}
