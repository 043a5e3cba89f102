/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, which this code uses everywhere, against the wide characters of Windows. */
#ifndef QREXEC_WIDE_WINDOWS_H
#define QREXEC_WIDE_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Strict: false for ill-formed text, or text that does not fit. */
bool wide_from(const char *text, wchar_t *out, size_t count);
bool wide_to(const wchar_t *text, char *out, size_t size);

/*
 * Appends one argument, quoted so that CommandLineToArgvW and the C run-time give it back unchanged.
 * false when the line would become longer than `count` - 1 characters.
 */
bool wide_append_argument(wchar_t *line, size_t count, const wchar_t *argument);

#endif
