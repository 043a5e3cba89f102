/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages that a disposable domain sends, as pdf-converter of Qubes OS has it: a line with the number of pages, then of
 * each page a line "WIDTH HEIGHT" and its pixels, row by row, three bytes each: red, green, blue.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGES_MOST 10000 /* the three limits of the public pdf-converter */
#define WIDTH_MOST 10000
#define HEIGHT_MOST 10000
#define ROW_MOST (3 * WIDTH_MOST)

/* Where bytes come from: as read(2), but never interrupted. */
struct page_source {
    long (*read)(void *context, uint8_t *out, size_t size);
    void *context;
};

/* How many pages there are. False with the reason in `problem`, as for the functions below. */
bool pages_count(const struct page_source *from, unsigned *count, const char **problem);

/* The size of the next page; its rows follow. */
bool pages_size(const struct page_source *from, unsigned *width, unsigned *height, const char **problem);

/* One row of pixels: 3 * width bytes. */
bool pages_row(const struct page_source *from, uint8_t *row, unsigned width, const char **problem);

/* Nothing may follow the last page. */
bool pages_end(const struct page_source *from, const char **problem);

#endif
