/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A thread for what would block the window, on Windows. */
#include <windows.h>

#include <stdlib.h>

#include "thread.h"

typedef struct start {
    thread_function *run;
    void *argument;
} start;

static DWORD WINAPI begin(void *argument)
{
    start what = *(start *)argument;
    free(argument);
    what.run(what.argument);
    return 0;
}

bool thread_begin(thread_function *run, void *argument)
{
    start *what = malloc(sizeof *what);
    if (!what)
        return false;
    *what = (start){run, argument};
    HANDLE thread = CreateThread(NULL, 0, begin, what, 0, NULL);
    if (!thread) {
        free(what);
        return false;
    }
    CloseHandle(thread);
    return true;
}
