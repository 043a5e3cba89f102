/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The icon of a label: a padlock in its colour. */
#include "icon.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const unsigned icon_sizes[ICON_SIZES] = {16, 24, 32, 48, 64};

#define UNIT 1024 /* the picture's side in drawing units */
#define SAMPLES 8 /* in each direction within a pixel */

typedef enum layer { NOTHING, OUTLINE, SHACKLE, BODY, KEYHOLE } layer;

static long square(long x)
{
    return x * x;
}

static bool in_circle(long x, long y, long cx, long cy, long radius)
{
    return square(x - cx) + square(y - cy) <= square(radius);
}

/* A rectangle with round corners. */
static bool in_body(long x, long y, long grow)
{
    long left = 160 - grow, right = 864 + grow, top = 440 - grow, bottom = 960 + grow, radius = 96 + grow;
    if (x < left || x > right || y < top || y > bottom)
        return false;
    long cx = x < left + radius ? left + radius : x > right - radius ? right - radius : x;
    long cy = y < top + radius ? top + radius : y > bottom - radius ? bottom - radius : y;
    return in_circle(x, y, cx, cy, radius);
}

/* Half a ring on two legs that end in the body. */
static bool in_shackle(long x, long y, long grow)
{
    long outer = 248 + grow, inner = 152 - grow;
    if (y > 520)
        return false;
    if (y <= 330)
        return in_circle(x, y, 512, 330, outer) && !in_circle(x, y, 512, 330, inner);
    long away = labs(x - 512);
    return away <= outer && away >= inner;
}

static bool in_keyhole(long x, long y)
{
    return in_circle(x, y, 512, 650, 76) || (y >= 650 && y <= 830 && labs(x - 512) <= 36);
}

static layer layer_at(long x, long y)
{
    if (in_keyhole(x, y))
        return KEYHOLE;
    if (in_body(x, y, 0))
        return BODY;
    if (in_shackle(x, y, 0))
        return SHACKLE;
    return in_body(x, y, 44) || in_shackle(x, y, 44) ? OUTLINE : NOTHING;
}

/* Towards black (below 256) or white (above). */
static uint32_t shade(uint32_t rgb, int amount)
{
    uint32_t out = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        int part = (int)(rgb >> shift & 0xff);
        part = amount <= 256 ? part * amount / 256 : part + (255 - part) * (amount - 256) / 256;
        out |= (uint32_t)part << shift;
    }
    return out;
}

static uint32_t colour_of(layer which, uint32_t rgb)
{
    switch (which) {
    case OUTLINE:
        return 0xf2f2f0; /* light, so that black and gray locks show on a dark task bar */
    case SHACKLE:
        return shade(rgb, rgb == 0 ? 256 + 64 : 190);
    case KEYHOLE:
        return 0xf2f2f0;
    default:
        return rgb;
    }
}

static void draw_pixel(uint32_t rgb, unsigned size, unsigned column, unsigned row, uint8_t *out)
{
    unsigned long sums[3] = {0, 0, 0}, covered = 0;
    for (unsigned i = 0; i < SAMPLES * SAMPLES; i++) {
        long x = ((long)(column * SAMPLES + i % SAMPLES) * 2 + 1) * UNIT / (long)(size * SAMPLES * 2);
        long y = ((long)(row * SAMPLES + i / SAMPLES) * 2 + 1) * UNIT / (long)(size * SAMPLES * 2);
        layer which = layer_at(x, y);
        if (which == NOTHING)
            continue;
        uint32_t colour = colour_of(which, rgb);
        for (unsigned part = 0; part < 3; part++)
            sums[part] += colour >> (16 - 8 * part) & 0xff;
        covered++;
    }
    for (unsigned part = 0; part < 3; part++)
        out[part] = (uint8_t)(covered ? sums[part] / covered : 0);
    out[3] = (uint8_t)(covered * 255 / (SAMPLES * SAMPLES));
}

void icon_draw(uint32_t rgb, unsigned size, uint8_t *out)
{
    for (unsigned row = 0; row < size; row++)
        for (unsigned column = 0; column < size; column++)
            draw_pixel(rgb, size, column, row, out + (row * size + column) * 4);
}

static uint8_t *put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (uint8_t)(value >> 8 * i);
    return at;
}

static size_t mask_row(unsigned size)
{
    return (size + 31) / 32 * 4; /* one bit a pixel, rows in multiples of 32 bits */
}

static size_t picture_bytes(unsigned size)
{
    return 40 + (size_t)size * size * 4 + mask_row(size) * size;
}

/* A BITMAPINFOHEADER, the colours from the bottom up, and the mask for systems that ignore alpha. */
static uint8_t *put_picture(uint8_t *at, uint32_t rgb, unsigned size)
{
    uint8_t pixels[64 * 64 * 4];
    icon_draw(rgb, size, pixels);
    at = put(put(put(put(put(at, 40, 4), size, 4), size * 2, 4), 1, 2), 32, 2);
    at = put(put(at, 0, 4), (uint32_t)(picture_bytes(size) - 40), 4);
    at = put(put(put(put(at, 0, 4), 0, 4), 0, 4), 0, 4);
    for (unsigned row = size; row-- > 0;)
        for (unsigned column = 0; column < size; column++) {
            const uint8_t *pixel = pixels + (row * size + column) * 4;
            *at++ = pixel[2];
            *at++ = pixel[1];
            *at++ = pixel[0];
            *at++ = pixel[3];
        }
    for (unsigned row = size; row-- > 0; at += mask_row(size)) {
        memset(at, 0, mask_row(size));
        for (unsigned column = 0; column < size; column++)
            if (pixels[(row * size + column) * 4 + 3] < 128)
                at[column / 8] |= (uint8_t)(0x80 >> column % 8);
    }
    return at;
}

uint8_t *icon_make(uint32_t rgb, size_t *size)
{
    size_t offset = 6 + 16 * ICON_SIZES;
    *size = offset;
    for (unsigned i = 0; i < ICON_SIZES; i++)
        *size += picture_bytes(icon_sizes[i]);
    uint8_t *file = malloc(*size);
    if (!file)
        return NULL;
    uint8_t *at = put(put(put(file, 0, 2), 1, 2), ICON_SIZES, 2);
    for (unsigned i = 0; i < ICON_SIZES; i++) {
        at = put(put(put(put(at, icon_sizes[i], 1), icon_sizes[i], 1), 0, 1), 0, 1);
        at = put(put(put(put(at, 1, 2), 32, 2), (uint32_t)picture_bytes(icon_sizes[i]), 4), (uint32_t)offset, 4);
        offset += picture_bytes(icon_sizes[i]);
    }
    for (unsigned i = 0; i < ICON_SIZES; i++)
        at = put_picture(at, rgb, icon_sizes[i]);
    return file;
}
