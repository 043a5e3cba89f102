/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows only: UTF-8 against the system's wide characters. */
#ifndef SETUP_WIDE_H
#define SETUP_WIDE_H

#include <wchar.h>

/* Ill-formed text ends the program: it can name no file and no service. */
wchar_t *wide(const char *text);
char *narrow(const wchar_t *text);

#endif
