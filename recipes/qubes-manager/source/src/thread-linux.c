/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A thread for what would block the window, on Linux. */
#include <pthread.h>
#include <stdlib.h>

#include "thread.h"

typedef struct start {
    thread_function *run;
    void *argument;
} start;

static void *begin(void *argument)
{
    start what = *(start *)argument;
    free(argument);
    what.run(what.argument);
    return NULL;
}

bool thread_begin(thread_function *run, void *argument)
{
    pthread_t thread;
    start *what = malloc(sizeof *what);
    if (!what)
        return false;
    *what = (start){run, argument};
    if (pthread_create(&thread, NULL, begin, what) != 0) {
        free(what);
        return false;
    }
    pthread_detach(thread);
    return true;
}
