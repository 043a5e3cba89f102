/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A thread for what would block the window; one implementation a system. */
#ifndef THREAD_H
#define THREAD_H

#include <stdbool.h>

typedef void thread_function(void *argument);

/* Runs the function on a thread of its own; false when there is none to be had. */
bool thread_begin(thread_function *run, void *argument);

#endif
