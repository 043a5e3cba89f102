/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Which names domains, tags and users may have. ASCII only: no locale has a say. */
#ifndef NAME_H
#define NAME_H

#include <stdbool.h>

bool name_is_letter(char c);
bool name_is_digit(char c);
bool name_equal_ignoring_case(const char *a, const char *b);
/* A letter, then letters, digits, '-' and '_'. */
bool name_is_tag(const char *text);
/* Letters, digits, '-', '_' and '.', not beginning with '-' or '.'. */
bool name_is_user(const char *text);

#endif
