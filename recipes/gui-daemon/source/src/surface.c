/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Buffers of pixels and their account. */
#include "surface.h"

#include <stdlib.h>
#include <string.h>

static uint64_t bytes_of(const struct surface *surface)
{
    return (uint64_t)surface->width * surface->height * sizeof *surface->pixels;
}

void surface_free(struct surface *surface, uint64_t *total)
{
    *total -= bytes_of(surface);
    free(surface->pixels);
    memset(surface, 0, sizeof *surface);
}

static enum gui_status resize(struct surface *surface, uint32_t width, uint32_t height, uint64_t *total,
                              uint64_t limit)
{
    struct surface fresh = {NULL, width, height};
    uint64_t after = *total - bytes_of(surface) + bytes_of(&fresh);

    if (surface->width == width && surface->height == height)
        return GUI_OK;
    if (after > limit || after > SIZE_MAX)
        return GUI_MEMORY_LIMIT;
    fresh.pixels = calloc((size_t)width * height, sizeof *fresh.pixels);
    if (!fresh.pixels)
        return GUI_NO_MEMORY;
    free(surface->pixels);
    *surface = fresh;
    *total = after;
    return GUI_OK;
}

enum gui_status surface_write(struct surface *surface, const struct msg_window_dump_hdr *hdr,
                              const struct msg_window_dump_inband *part, const uint8_t *bytes, size_t size,
                              uint64_t *total, uint64_t limit)
{
    struct gui_rect rect = {part->x, part->y, part->width, part->height};
    enum gui_status status;

    if (!hdr->width || !hdr->height || hdr->width > GUI_MAX_WIDTH || hdr->height > GUI_MAX_HEIGHT)
        return GUI_TOO_LARGE;
    if (!gui_rect_inside(rect, hdr->width, hdr->height))
        return GUI_OUT_OF_BOUNDS;
    if (size != (uint64_t)rect.width * rect.height * GUI_BYTES_PER_PIXEL)
        return GUI_BAD_LENGTH;
    status = resize(surface, hdr->width, hdr->height, total, limit);
    if (status != GUI_OK)
        return status;
    for (uint32_t y = 0; y < rect.height; y++) {
        uint32_t *row = surface->pixels + (size_t)(rect.y + y) * surface->width + rect.x;

        for (uint32_t x = 0; x < rect.width; x++, bytes += GUI_BYTES_PER_PIXEL)
            row[x] = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    }
    return GUI_OK;
}
