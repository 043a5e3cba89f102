/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What differs by operating system, apart from the desktop. */
#ifndef GUID_OS_H
#define GUID_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qubes-gui/protocol.h>

/* The arguments as UTF-8; count and vector are main's. NULL when memory ran out. */
char **os_arguments(int *count, char **vector);

/* Appends standard error to a file from now on. */
bool os_log_to(const char *path);

void os_sleep(unsigned milliseconds);

/*
 * The clipboard that the daemons of one user share: a file which only that user can read, gone
 * with a session's runtime directory (Linux), never written through to disk on purpose (Windows).
 * Taking empties it. They have the form that struct desktop_ops wants and need no desktop.
 */
bool os_clipboard_put(void *desktop, const uint8_t *bytes, size_t size);
size_t os_clipboard_take(void *desktop, uint8_t bytes[GUI_MAX_CLIPBOARD]);

#endif
