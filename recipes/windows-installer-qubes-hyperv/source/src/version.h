/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of products: numbers separated by dots. */
#ifndef SETUP_VERSION_H
#define SETUP_VERSION_H

#include <stdbool.h>

/* One to four numbers below 65536 without leading zeros. */
bool version_is_sound(const char *version);
/* Negative, zero or positive as a is older than, equal to or newer than b; missing numbers are 0. */
int version_compare(const char *a, const char *b);

#endif
