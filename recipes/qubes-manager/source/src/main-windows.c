/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where qubes-manager begins on Windows. */
#include "view-windows.h"

static int fail(const char *text)
{
    wchar_t wide[QUBES_ERROR_MAX];
    if (qubes_to_wide(text, wide, QUBES_ERROR_MAX))
        MessageBoxW(NULL, wide, L"Qubes Manager", MB_ICONERROR);
    return 1;
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, PWSTR line, int show_command)
{
    static model shows;
    qubes_paths paths;
    qubes_error err;
    MSG message;
    (void)previous, (void)line;
    if (qubes_paths_find(&paths, &err) != QUBES_OK)
        return fail(err.text);
    model_init(&shows, &paths);
    model_reload(&shows);
    HWND window = view_open(instance, &shows, show_command);
    if (!window)
        return fail("The window cannot be opened.");
    while (GetMessageW(&message, NULL, 0, 0) > 0) {
        if (IsDialogMessageW(window, &message)) /* Tab and Enter between the controls */
            continue;
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    model_free(&shows);
    return (int)message.wParam;
}
