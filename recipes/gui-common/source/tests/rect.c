/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Rectangles at every small position and at the edges of 32 bits; images that differ. */
#include <string.h>

#include <qubes-gui/rect.h>

#include "check.h"

static bool same(struct gui_rect a, struct gui_rect b)
{
    return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

/* Compares with a count of pixels, for all rectangles around a small area. */
static void clipping_keeps_exactly_the_pixels_inside(void)
{
    for (int x = -4; x < 8; x++) {
        for (int width = 0; width < 12; width++) {
            struct gui_rect clipped = gui_rect_clip_signed((struct gui_rect){(uint32_t)x, 0, (uint32_t)width, 1}, 5, 1);
            uint32_t first = 5, count = 0;

            for (int at = x; at < x + width; at++) {
                if (at < 0 || at >= 5)
                    continue;
                first = (uint32_t)at < first ? (uint32_t)at : first;
                count++;
            }
            CHECK(clipped.width == count);
            CHECK(count == 0 ? same(clipped, (struct gui_rect){0, 0, 0, 0}) : clipped.x == first);
        }
    }
}

static void nothing_overflows_at_the_edges(void)
{
    const uint32_t values[] = {0, 1, 2, 9, 10, 11, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffff6, 0xffffffff};
    const size_t n = sizeof values / sizeof values[0];

    for (size_t i = 0; i < n * n * n * n; i++) {
        struct gui_rect rect = {values[i % n], values[i / n % n], values[i / n / n % n], values[i / n / n / n]};
        struct gui_rect clipped = gui_rect_clip(rect, 10, 10), shifted = gui_rect_clip_signed(rect, 10, 10);
        struct gui_rect joined = gui_rect_union(rect, (struct gui_rect){3, 3, 1, 1});

        CHECK(gui_rect_empty(clipped) || gui_rect_inside(clipped, 10, 10));
        CHECK(gui_rect_empty(shifted) || gui_rect_inside(shifted, 10, 10));
        CHECK(!gui_rect_inside(rect, 10, 10) || same(rect, clipped));
        CHECK(joined.x <= 3 && joined.y <= 3 && !gui_rect_empty(joined));
    }
}

static void a_union_holds_both(void)
{
    struct gui_rect a = {1, 2, 3, 4}, b = {10, 0, 1, 1}, none = {5, 5, 0, 9};

    CHECK(same(gui_rect_union(a, b), (struct gui_rect){1, 0, 10, 6}));
    CHECK(same(gui_rect_union(a, none), a));
    CHECK(same(gui_rect_union(none, b), b));
}

static void a_difference_is_found_wherever_it_is(void)
{
    enum { WIDTH = 7, HEIGHT = 5, STRIDE = 9 };
    uint32_t a[STRIDE * HEIGHT] = {0}, b[WIDTH * HEIGHT] = {0};

    a[7] = a[8] = 1; /* between the rows: not part of the image */
    CHECK(gui_rect_empty(gui_image_diff(a, STRIDE, b, WIDTH, WIDTH, HEIGHT)));
    for (uint32_t y = 0; y < HEIGHT; y++) {
        for (uint32_t x = 0; x < WIDTH; x++) {
            b[y * WIDTH + x] = 0xff000000;
            CHECK(gui_rect_empty(gui_image_diff(a, STRIDE, b, WIDTH, WIDTH, HEIGHT)));
            b[y * WIDTH + x] = 0x00000100;
            CHECK(same(gui_image_diff(a, STRIDE, b, WIDTH, WIDTH, HEIGHT), (struct gui_rect){x, y, 1, 1}));
            b[y * WIDTH + x] = 0;
        }
    }
    b[1 * WIDTH + 5] = b[3 * WIDTH + 2] = 1;
    CHECK(same(gui_image_diff(a, STRIDE, b, WIDTH, WIDTH, HEIGHT), (struct gui_rect){2, 1, 4, 3}));
}

int main(void)
{
    clipping_keeps_exactly_the_pixels_inside();
    nothing_overflows_at_the_edges();
    a_union_holds_both();
    a_difference_is_found_wherever_it_is();
    return 0;
}
