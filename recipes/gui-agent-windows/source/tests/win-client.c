/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An application whose window and input can be observed: usage: win-client TITLE X Y WIDTH HEIGHT
 * 0xRRGGBB [menu]. Prints what reaches it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static HBRUSH brush;

static void draw(HWND window, HDC dc)
{
    RECT area;

    GetClientRect(window, &area);
    FillRect(dc, &area, brush);
}

/* The colour changes with every click. */
static void on_click(HWND window, LPARAM position)
{
    printf("button %d %d\n", (short)LOWORD(position), (short)HIWORD(position));
    DeleteObject(brush);
    brush = CreateSolidBrush(RGB(0xff, 0xaa, 0x00));
    InvalidateRect(window, NULL, FALSE);
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM wide, LPARAM details)
{
    PAINTSTRUCT paint;

    switch (message) {
    case WM_PAINT:
        draw(window, BeginPaint(window, &paint));
        EndPaint(window, &paint);
        return 0;
    case WM_CHAR:
        printf("char %c\n", (char)wide);
        return 0;
    case WM_LBUTTONDOWN:
        on_click(window, details);
        return 0;
    case WM_SIZE:
        printf("size %d %d\n", LOWORD(details), HIWORD(details));
        return 0;
    case WM_DESTROY:
        puts("closed");
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(window, message, wide, details);
    }
}

int wmain(int argc, wchar_t **argv)
{
    WNDCLASSW class = {.lpfnWndProc = procedure, .hInstance = GetModuleHandleW(NULL), .lpszClassName = L"TestClient"};
    BOOL menu = argc == 8 && !wcscmp(argv[7], L"menu");
    unsigned long colour;
    HWND window;
    MSG message;

    if (argc < 7)
        return 2;
    setvbuf(stdout, NULL, _IONBF, 0);
    colour = wcstoul(argv[6], NULL, 16);
    brush = CreateSolidBrush(RGB(colour >> 16 & 0xff, colour >> 8 & 0xff, colour & 0xff));
    RegisterClassW(&class);
    window = CreateWindowExW(menu ? WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE : 0, L"TestClient", argv[1],
                             menu ? WS_POPUP : WS_POPUP | WS_THICKFRAME | WS_CAPTION, _wtoi(argv[2]), _wtoi(argv[3]),
                             _wtoi(argv[4]), _wtoi(argv[5]), NULL, NULL, class.hInstance, NULL);
    ShowWindow(window, menu ? SW_SHOWNOACTIVATE : SW_SHOW);
    while (GetMessageW(&message, NULL, 0, 0)) {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return 0;
}
