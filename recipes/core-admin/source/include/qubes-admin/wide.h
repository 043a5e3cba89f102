/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Windows only: the library's UTF-8 against the wide characters of the system. */
#ifndef QUBES_ADMIN_WIDE_H
#define QUBES_ADMIN_WIDE_H
#ifdef _WIN32

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Strict conversions: false for ill-formed text and for text that does not fit. */
bool qubes_to_wide(const char *text, wchar_t *out, size_t count);
bool qubes_from_wide(const wchar_t *text, char *out, size_t size);

/*
 * Appends one argument to a command line so that CommandLineToArgvW and the C run-time give it back
 * unchanged; false when it does not fit (the line is then unusable).
 */
bool qubes_append_argument(wchar_t *line, size_t count, const wchar_t *argument);

#endif
#endif
