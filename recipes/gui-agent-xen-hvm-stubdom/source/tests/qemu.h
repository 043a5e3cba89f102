/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a QEMU sends, as bytes. */
#ifndef QEMU_H
#define QEMU_H

#include <string.h>

#include "check.h"
#include "rfb.h"

struct sent {
    uint8_t bytes[1u << 20];
    size_t size;
};

static inline void add(struct sent *to, const void *bytes, size_t size)
{
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static inline void add16(struct sent *to, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
    add(to, bytes, 2);
}

static inline void add32(struct sent *to, uint32_t value)
{
    add16(to, value >> 16);
    add16(to, value);
}

/* Up to the screen's size; whatever pixel format, another is asked for. */
static inline void add_hello(struct sent *to, uint32_t width, uint32_t height)
{
    static const uint8_t format[16] = {32, 24, 1, 1};
    add(to, "RFB 003.008\n\1\1\0\0\0\0", 18);
    add16(to, width);
    add16(to, height);
    add(to, format, sizeof format);
    add32(to, 4);
    add(to, "QEMU", 4);
}

static inline void add_update(struct sent *to, uint32_t rectangles)
{
    add(to, "\0\0", 2);
    add16(to, rectangles);
}

static inline void add_rectangle(struct sent *to, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                                 uint32_t encoding)
{
    add16(to, x);
    add16(to, y);
    add16(to, width);
    add16(to, height);
    add32(to, encoding);
}

/* A rectangle of one colour, 0xRRGGBB, with noise in the byte that is unused. */
static inline void add_pixels(struct sent *to, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour)
{
    const uint8_t pixel[] = {(uint8_t)colour, (uint8_t)(colour >> 8), (uint8_t)(colour >> 16), 0x5a};
    add_rectangle(to, x, y, width, height, 0);
    for (uint32_t i = 0; i < width * height; i++)
        add(to, pixel, 4);
}

#define RESIZED 0xffffff21u
#define KEYS 0xfffffefeu

#endif
