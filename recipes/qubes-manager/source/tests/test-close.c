/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Waits for a window of the class given as argument, and closes it. */
#include <windows.h>

#include "test.h"

int main(int argc, char **argv)
{
    HWND window = NULL;
    for (int turn = 0; turn < 3000 && argc == 2 && !window; turn++) {
        window = FindWindowA(argv[1], NULL);
        Sleep(20);
    }
    CHECK(window != NULL);
    CHECK(PostMessageW(window, WM_CLOSE, 0, 0));
    return test_report("program");
}
