/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Filling in a qubes_error, and joining text without overrun. */
#ifndef FAIL_H
#define FAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "qubes-admin/error.h"

#if defined(__MINGW32__)
#define FAIL_PRINTF(at, first) __attribute__((format(gnu_printf, at, first)))
#else
#define FAIL_PRINTF(at, first) __attribute__((format(printf, at, first)))
#endif

/* Stores status and text (made one line) when err is not NULL; returns the status. */
qubes_status qubes_fail(qubes_error *err, qubes_status status, const char *format, ...) FAIL_PRINTF(3, 4);
qubes_status qubes_fail_memory(qubes_error *err);

/* snprintf that says whether everything fitted; what did not fit leaves an empty text. */
bool qubes_print(char *out, size_t size, const char *format, ...) FAIL_PRINTF(3, 4);
/* Copies a text; false and empty when it does not fit. */
bool qubes_copy(char *out, size_t size, const char *text);

/* directory + separator + name, or a failure that names what is too long. */
qubes_status qubes_join(char *out, size_t size, const char *directory, const char *name, qubes_error *err);

#endif
