/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Pixels land where they should, and the account of their bytes is exact. */
#include <string.h>

#include "check.h"
#include "surface.h"

static uint64_t total;

static enum gui_status write_part(struct surface *surface, uint32_t width, uint32_t height, struct gui_rect part,
                                  const uint8_t *bytes, size_t size, uint64_t limit)
{
    struct msg_window_dump_hdr hdr = {WINDOW_DUMP_TYPE_INBAND, width, height, 32};
    struct msg_window_dump_inband inband = {part.x, part.y, part.width, part.height};

    return surface_write(surface, &hdr, &inband, bytes, size, &total, limit);
}

static void a_part_changes_only_its_pixels(void)
{
    struct surface surface = {0};
    const uint8_t bytes[] = {1, 2, 3, 0xff, 4, 5, 6, 0xff};

    CHECK(write_part(&surface, 3, 2, (struct gui_rect){1, 1, 2, 1}, bytes, 8, 1000) == GUI_OK);
    CHECK(surface.width == 3 && surface.height == 2 && total == 24);
    for (int i = 0; i < 4; i++)
        CHECK(surface.pixels[i] == 0);
    CHECK(surface.pixels[4] == 0x030201 && surface.pixels[5] == 0x060504);
    CHECK(write_part(&surface, 3, 2, (struct gui_rect){0, 0, 1, 2}, bytes, 8, 1000) == GUI_OK);
    CHECK(surface.pixels[0] == 0x030201 && surface.pixels[3] == 0x060504 && surface.pixels[4] == 0x030201);
    /* Another size begins black. */
    CHECK(write_part(&surface, 2, 2, (struct gui_rect){0, 0, 1, 1}, bytes, 4, 1000) == GUI_OK);
    CHECK(surface.pixels[0] == 0x030201 && surface.pixels[3] == 0 && total == 16);
    surface_free(&surface, &total);
    CHECK(total == 0 && !surface.pixels);
}

static void what_does_not_fit_changes_nothing(void)
{
    struct surface surface = {0};
    uint8_t bytes[400] = {9};

    CHECK(write_part(&surface, 10, 10, (struct gui_rect){0, 0, 10, 10}, bytes, 400, 400) == GUI_OK);
    CHECK(write_part(&surface, 11, 10, (struct gui_rect){0, 0, 1, 1}, bytes, 4, 400) == GUI_MEMORY_LIMIT);
    CHECK(write_part(&surface, 10, 10, (struct gui_rect){1, 0, 10, 10}, bytes, 400, 400) == GUI_OUT_OF_BOUNDS);
    CHECK(write_part(&surface, 10, 10, (struct gui_rect){0xffffffff, 0, 2, 1}, bytes, 8, 400) == GUI_OUT_OF_BOUNDS);
    CHECK(write_part(&surface, 10, 10, (struct gui_rect){0, 0, 10, 10}, bytes, 396, 400) == GUI_BAD_LENGTH);
    CHECK(write_part(&surface, 0, 10, (struct gui_rect){0, 0, 1, 1}, bytes, 4, 400) == GUI_TOO_LARGE);
    CHECK(write_part(&surface, GUI_MAX_WIDTH + 1, 1, (struct gui_rect){0, 0, 1, 1}, bytes, 4, ~0ull) == GUI_TOO_LARGE);
    CHECK(surface.width == 10 && surface.pixels[0] == 9 && total == 400);
    surface_free(&surface, &total);
    CHECK(total == 0);
}

int main(void)
{
    a_part_changes_only_its_pixels();
    what_does_not_fit_changes_nothing();
    return 0;
}
