/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFB 3.8, as far as QEMU's screen and keys need it: one pixel format, no compression, no passwords. */
#include "rfb.h"

#include <stdlib.h>
#include <string.h>

#include <qubes-gui/keycodes.h>
#include <qubes-gui/protocol.h>

enum { VERSION, SECURITY_COUNT, SECURITY_TYPES, SECURITY_RESULT, INIT, NAME, MESSAGE, UPDATE, RECTANGLE, RAW, TEXT, SKIP };

#define VERSION_SIZE 12
#define INIT_SIZE 24
#define RECTANGLE_SIZE 12

/* Encodings, as signed numbers of 32 bits. The latter two are no images. */
#define RAW_PIXELS 0u
#define DESKTOP_SIZE 0xffffff21u /* -223 */
#define QEMU_KEYS 0xfffffefeu    /* -258: the server takes keys by position */

static uint32_t read16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t read32(const uint8_t *bytes)
{
    return read16(bytes) << 16 | read16(bytes + 2);
}

static bool breaks(struct rfb *rfb, const char *why)
{
    rfb->broken = why;
    return false;
}

static void put(struct rfb *rfb, const uint8_t *bytes, size_t size)
{
    if (size > RFB_OUT_MOST - rfb->out_size) {
        breaks(rfb, "it reads nothing any more");
        return;
    }
    memcpy(rfb->out + rfb->out_size, bytes, size);
    rfb->out_size += size;
}

static void expect(struct rfb *rfb, int state, size_t size)
{
    rfb->state = state;
    rfb->head_needed = size;
    rfb->head_size = 0;
}

static void skip(struct rfb *rfb, int state, uint64_t size)
{
    rfb->state = state;
    rfb->skip = size;
}

void rfb_init(struct rfb *rfb)
{
    memset(rfb, 0, sizeof *rfb);
    expect(rfb, VERSION, VERSION_SIZE);
}

void rfb_free(struct rfb *rfb)
{
    free(rfb->pixels);
    rfb->pixels = NULL;
}

static bool resize(struct rfb *rfb, uint32_t width, uint32_t height)
{
    if (width == 0 || height == 0 || width > GUI_MAX_WIDTH || height > GUI_MAX_HEIGHT ||
        (uint64_t)width * height > RFB_MOST_PIXELS)
        return breaks(rfb, "its screen has an impossible size");
    uint32_t *pixels = calloc((size_t)width * height, sizeof *pixels);
    if (!pixels)
        return breaks(rfb, "there is no memory for its screen");
    free(rfb->pixels);
    rfb->pixels = pixels;
    rfb->width = width;
    rfb->height = height;
    rfb->damage = (struct gui_rect){0, 0, width, height};
    rfb->whole = true;
    return true;
}

/* 32 bits a pixel, little endian, blue first; then what we understand. */
static void choose_format(struct rfb *rfb)
{
    static const uint8_t format[] = {0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0};
    static const uint8_t encodings[] = {2, 0, 0, 3, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x21, 0xff, 0xff, 0xfe, 0xfe};
    put(rfb, format, sizeof format);
    put(rfb, encodings, sizeof encodings);
}

void rfb_request(struct rfb *rfb)
{
    if (!rfb->running || !rfb->idle)
        return;
    const uint8_t request[] = {3,
                               !rfb->whole,
                               0,
                               0,
                               0,
                               0,
                               (uint8_t)(rfb->width >> 8),
                               (uint8_t)rfb->width,
                               (uint8_t)(rfb->height >> 8),
                               (uint8_t)rfb->height};
    put(rfb, request, sizeof request);
    rfb->whole = rfb->idle = false;
}

void rfb_key(struct rfb *rfb, uint32_t scan, bool down)
{
    uint8_t code = (uint8_t)((scan & 0x7f) | (scan & GUI_SCAN_EXTENDED ? 0x80 : 0));
    const uint8_t key[] = {255, 0, 0, down, 0, 0, 0, 0, 0, 0, 0, code};
    if (rfb->running && rfb->raw_keys && scan != 0)
        put(rfb, key, sizeof key);
}

void rfb_pointer(struct rfb *rfb, uint32_t x, uint32_t y, uint8_t buttons)
{
    if (!rfb->running)
        return;
    x = x < rfb->width ? x : rfb->width - 1;
    y = y < rfb->height ? y : rfb->height - 1;
    const uint8_t pointer[] = {5, buttons, (uint8_t)(x >> 8), (uint8_t)x, (uint8_t)(y >> 8), (uint8_t)y};
    put(rfb, pointer, sizeof pointer);
}

void rfb_sent(struct rfb *rfb, size_t size)
{
    rfb->out_size -= size;
    memmove(rfb->out, rfb->out + size, rfb->out_size);
}

static void next_rectangle(struct rfb *rfb)
{
    if (rfb->rectangles > 0) {
        rfb->rectangles--;
        expect(rfb, RECTANGLE, RECTANGLE_SIZE);
    } else {
        rfb->idle = true;
        expect(rfb, MESSAGE, 1);
    }
}

static bool take_rectangle(struct rfb *rfb)
{
    const uint8_t *head = rfb->head;
    struct gui_rect rect = {read16(head), read16(head + 2), read16(head + 4), read16(head + 6)};
    uint32_t encoding = read32(head + 8);
    if (encoding == QEMU_KEYS) {
        rfb->raw_keys = true;
        next_rectangle(rfb);
    } else if (encoding == DESKTOP_SIZE) {
        if (!resize(rfb, rect.width, rect.height))
            return false;
        next_rectangle(rfb);
    } else if (encoding != RAW_PIXELS) {
        return breaks(rfb, "it sends what it was not asked for");
    } else if (gui_rect_empty(rect)) {
        next_rectangle(rfb);
    } else if (!gui_rect_inside(rect, rfb->width, rfb->height)) {
        return breaks(rfb, "it draws beside its screen");
    } else {
        rfb->rect = rect;
        rfb->rect_done = 0;
        rfb->state = RAW;
    }
    return true;
}

/* The first bytes of something are complete. */
static bool take_head(struct rfb *rfb)
{
    static const uint8_t ours[] = "RFB 003.008\n", no_security = 1, shared = 1;
    const uint8_t *head = rfb->head;
    switch (rfb->state) {
    case VERSION:
        if (memcmp(head, ours, VERSION_SIZE) != 0)
            return breaks(rfb, "it does not speak RFB 3.8");
        put(rfb, ours, VERSION_SIZE);
        expect(rfb, SECURITY_COUNT, 1);
        return true;
    case SECURITY_COUNT:
        /* "None" is 1; of a socket in this domain nothing else makes sense, and QEMU then offers it alone. */
        if (head[0] != 1)
            return breaks(rfb, "it wants a password");
        expect(rfb, SECURITY_TYPES, 1);
        return true;
    case SECURITY_TYPES:
        if (head[0] != no_security)
            return breaks(rfb, "it wants a password");
        put(rfb, &no_security, 1);
        expect(rfb, SECURITY_RESULT, 4);
        return true;
    case SECURITY_RESULT:
        if (read32(head) != 0)
            return breaks(rfb, "it refuses us");
        put(rfb, &shared, 1);
        expect(rfb, INIT, INIT_SIZE);
        return true;
    case INIT:
        if (!resize(rfb, read16(head), read16(head + 2)))
            return false;
        choose_format(rfb);
        skip(rfb, NAME, read32(head + 20));
        return true;
    case MESSAGE:
        if (head[0] == 0)
            expect(rfb, UPDATE, 3);
        else if (head[0] == 3)
            expect(rfb, TEXT, 7);
        else if (head[0] == 2) /* a bell */
            expect(rfb, MESSAGE, 1);
        else
            return breaks(rfb, "it sends an unknown message");
        return true;
    case UPDATE:
        rfb->rectangles = read16(head + 1);
        next_rectangle(rfb);
        return true;
    case RECTANGLE:
        return take_rectangle(rfb);
    case TEXT: /* the guest's clipboard, which is for nobody */
        skip(rfb, SKIP, read32(head + 3));
        return true;
    default:
        return breaks(rfb, "it is in no state");
    }
}

static size_t take_skipped(struct rfb *rfb, size_t size)
{
    size_t count = rfb->skip < size ? (size_t)rfb->skip : size;
    rfb->skip -= count;
    if (rfb->skip == 0) {
        if (rfb->state == NAME)
            rfb->running = rfb->idle = true;
        expect(rfb, MESSAGE, 1);
    }
    return count;
}

/* Bytes of a rectangle, up to the end of one of its rows. */
static size_t take_pixels(struct rfb *rfb, const uint8_t *bytes, size_t size)
{
    uint64_t row_bytes = (uint64_t)rfb->rect.width * 4, row = rfb->rect_done / row_bytes, at = rfb->rect_done % row_bytes;
    size_t count = row_bytes - at < size ? (size_t)(row_bytes - at) : size;
    uint32_t *pixels = rfb->pixels + (rfb->rect.y + row) * rfb->width + rfb->rect.x;
    memcpy((uint8_t *)pixels + at, bytes, count);
    rfb->rect_done += count;
    if (rfb->rect_done == row_bytes * rfb->rect.height) {
        rfb->damage = gui_rect_union(rfb->damage, rfb->rect);
        next_rectangle(rfb);
    }
    return count;
}

static size_t take_some(struct rfb *rfb, const uint8_t *bytes, size_t size)
{
    if (rfb->state == RAW)
        return take_pixels(rfb, bytes, size);
    if (rfb->state == NAME || rfb->state == SKIP)
        return take_skipped(rfb, size);
    size_t missing = rfb->head_needed - rfb->head_size, count = missing < size ? missing : size;
    memcpy(rfb->head + rfb->head_size, bytes, count);
    rfb->head_size += count;
    if (rfb->head_size == rfb->head_needed)
        take_head(rfb);
    return count;
}

bool rfb_take(struct rfb *rfb, const uint8_t *bytes, size_t size)
{
    /* What has no bytes is over as soon as it begins. */
    while (!rfb->broken && (size > 0 || ((rfb->state == NAME || rfb->state == SKIP) && rfb->skip == 0))) {
        size_t count = take_some(rfb, bytes, size);
        bytes += count;
        size -= count;
    }
    return !rfb->broken;
}
