/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Rectangles in a buffer of pixels; no arithmetic here overflows, whatever the values. */
#ifndef QUBES_GUI_RECT_H
#define QUBES_GUI_RECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gui_rect {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
};

/* Nothing in it? */
bool gui_rect_empty(struct gui_rect rect);

/* Does a rectangle that is not empty lie wholly within width x height? */
bool gui_rect_inside(struct gui_rect rect, uint32_t width, uint32_t height);

/* The part of rect within width x height; empty (all zero) when there is none. */
struct gui_rect gui_rect_clip(struct gui_rect rect, uint32_t width, uint32_t height);

/* The part of a rectangle with signed position (two's complement) within width x height. */
struct gui_rect gui_rect_clip_signed(struct gui_rect rect, uint32_t width, uint32_t height);

/* The smallest rectangle that holds both; an empty one adds nothing. */
struct gui_rect gui_rect_union(struct gui_rect a, struct gui_rect b);

/*
 * The smallest rectangle outside of which two images of width x height pixels are equal; empty
 * when they are. The unused byte of each pixel is ignored. Strides are in pixels.
 */
struct gui_rect gui_image_diff(const uint32_t *a, size_t a_stride, const uint32_t *b, size_t b_stride,
                               uint32_t width, uint32_t height);

#endif
