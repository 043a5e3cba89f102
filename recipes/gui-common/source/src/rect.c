/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Rectangle arithmetic without overflow, and the difference of two images. */
#include <qubes-gui/rect.h>

/* Blue, green and red; the fourth byte means nothing. */
#define COLOUR_BITS 0x00ffffffu

bool gui_rect_empty(struct gui_rect rect)
{
    return rect.width == 0 || rect.height == 0;
}

bool gui_rect_inside(struct gui_rect rect, uint32_t width, uint32_t height)
{
    return !gui_rect_empty(rect) && rect.x <= width && rect.y <= height && rect.width <= width - rect.x &&
           rect.height <= height - rect.y;
}

struct gui_rect gui_rect_clip(struct gui_rect rect, uint32_t width, uint32_t height)
{
    struct gui_rect none = {0, 0, 0, 0};

    if (gui_rect_empty(rect) || rect.x >= width || rect.y >= height)
        return none;
    if (rect.width > width - rect.x)
        rect.width = width - rect.x;
    if (rect.height > height - rect.y)
        rect.height = height - rect.y;
    return rect;
}

/* One axis: a start in two's complement and a length become the part at or after zero. */
static void clip_axis(uint32_t *start, uint32_t *length)
{
    uint32_t before = 0u - *start;

    if (*start <= INT32_MAX)
        return;
    *length = *length > before ? *length - before : 0;
    *start = 0;
}

struct gui_rect gui_rect_clip_signed(struct gui_rect rect, uint32_t width, uint32_t height)
{
    clip_axis(&rect.x, &rect.width);
    clip_axis(&rect.y, &rect.height);
    return gui_rect_clip(rect, width, height);
}

static void union_axis(uint32_t *start, uint32_t *length, uint32_t other_start, uint32_t other_length)
{
    uint64_t end = (uint64_t)*start + *length;
    uint64_t other_end = (uint64_t)other_start + other_length;
    uint64_t furthest = end > other_end ? end : other_end;

    if (other_start < *start)
        *start = other_start;
    furthest -= *start;
    *length = furthest > UINT32_MAX ? UINT32_MAX : (uint32_t)furthest;
}

struct gui_rect gui_rect_union(struct gui_rect a, struct gui_rect b)
{
    if (gui_rect_empty(a))
        return b;
    if (gui_rect_empty(b))
        return a;
    union_axis(&a.x, &a.width, b.x, b.width);
    union_axis(&a.y, &a.height, b.y, b.height);
    return a;
}

struct gui_rect gui_image_diff(const uint32_t *a, size_t a_stride, const uint32_t *b, size_t b_stride,
                               uint32_t width, uint32_t height)
{
    struct gui_rect found = {0, 0, 0, 0};

    for (uint32_t y = 0; y < height; y++) {
        const uint32_t *row_a = a + y * a_stride, *row_b = b + y * b_stride;
        uint32_t left = 0, right = width;

        while (left < width && !((row_a[left] ^ row_b[left]) & COLOUR_BITS))
            left++;
        if (left == width)
            continue;
        while (!((row_a[right - 1] ^ row_b[right - 1]) & COLOUR_BITS))
            right--;
        found = gui_rect_union(found, (struct gui_rect){left, y, right - left, 1});
    }
    return found;
}
