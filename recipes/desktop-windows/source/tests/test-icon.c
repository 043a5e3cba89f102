/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The icons as files: what Windows will read, checked field by field. Argument: the directory of the icons. */
#include <stdio.h>
#include <stdlib.h>

#include "icon.h"
#include "qubes-admin.h"
#include "test.h"

static uint8_t file[65536];
static size_t file_size;

static uint32_t get(size_t at, unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint32_t)(at + i < file_size ? file[at + i] : 0) << 8 * i;
    return value;
}

static int read_icon(const char *directory, const char *label)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.ico", directory, label);
    FILE *in = fopen(path, "rb");
    file_size = in ? fread(file, 1, sizeof file, in) : 0;
    if (in)
        fclose(in);
    return file_size > 0;
}

/* The pixel as 0xAARRGGBB; rows are stored from the bottom up. */
static uint32_t pixel(size_t picture, unsigned size, unsigned column, unsigned row)
{
    return get(picture + 40 + ((size - 1 - row) * size + column) * 4, 4);
}

static unsigned mask_bit(size_t picture, unsigned size, unsigned column, unsigned row)
{
    size_t bytes = (size + 31) / 32 * 4, mask = picture + 40 + size * size * 4;
    return file[mask + (size - 1 - row) * bytes + column / 8] >> (7 - column % 8) & 1;
}

static void check_picture(unsigned i, uint32_t rgb)
{
    size_t entry = 6 + 16 * i;
    unsigned size = icon_sizes[i];
    size_t at = get(entry + 12, 4), bytes = get(entry + 8, 4);
    CHECK(get(entry, 1) == size && get(entry + 1, 1) == size && get(entry + 6, 2) == 32);
    CHECK(at + bytes <= file_size);
    CHECK(get(at, 4) == 40 && get(at + 4, 4) == size && get(at + 8, 4) == 2 * size && get(at + 14, 2) == 32);
    CHECK(pixel(at, size, 0, 0) >> 24 == 0 && mask_bit(at, size, 0, 0) == 1); /* the corner shows what is behind */
    unsigned column = size / 4, row = size * 3 / 4; /* on the body, beside the keyhole */
    CHECK(pixel(at, size, column, row) == (0xff000000 | rgb));
    CHECK(mask_bit(at, size, column, row) == 0);
}

static void every_label_has_its_icon_in_its_colour(const char *directory)
{
    for (unsigned label = 0; label < QUBES_LABEL_COUNT; label++) {
        CHECK(read_icon(directory, qubes_labels[label].name));
        CHECK(get(0, 2) == 0 && get(2, 2) == 1 && get(4, 2) == ICON_SIZES);
        size_t end = get(6 + 16 * (ICON_SIZES - 1) + 12, 4) + get(6 + 16 * (ICON_SIZES - 1) + 8, 4);
        CHECK(end == file_size);
        for (unsigned i = 0; i < ICON_SIZES; i++)
            check_picture(i, qubes_labels[label].rgb);
    }
}

static void the_same_bytes_come_out_each_time(void)
{
    size_t one_size, two_size;
    uint8_t *one = icon_make(0xcc0000, &one_size), *two = icon_make(0xcc0000, &two_size);
    CHECK(one && two && one_size == two_size && memcmp(one, two, one_size) == 0);
    free(one);
    free(two);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    every_label_has_its_icon_in_its_colour(argv[1]);
    the_same_bytes_come_out_each_time();
    return test_report("icon");
}
