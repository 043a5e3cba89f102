/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The icon of a label: a padlock in its colour, as a Windows .ico with several sizes. Integer arithmetic
 * only, so that every compiler and machine makes the same bytes. Used at build time.
 */
#ifndef ICON_H
#define ICON_H

#include <stddef.h>
#include <stdint.h>

#define ICON_SIZES 5 /* 16, 24, 32, 48 and 64 pixels: what menus, task bars and folders show */
extern const unsigned icon_sizes[ICON_SIZES];

/* One picture: size * size pixels of red, green, blue, alpha, the top row first. */
void icon_draw(uint32_t rgb, unsigned size, uint8_t *out);

/* The whole file; freed by the caller. NULL without memory. */
uint8_t *icon_make(uint32_t rgb, size_t *size);

#endif
