/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages that a disposable domain sends: every number is bounded before it is used. Fuzzed. */
#include "pages.h"

#include <string.h>

#define LINE_MOST 12 /* "10000 10000" and its newline */

static bool fail(const char **problem, const char *what)
{
    *problem = what;
    return false;
}

static bool read_all(const struct page_source *from, uint8_t *out, size_t size)
{
    while (size > 0) {
        long got = from->read(from->context, out, size);
        if (got <= 0)
            return false;
        out += got;
        size -= (size_t)got;
    }
    return true;
}

/* A line without its newline. Byte by byte, because pixels follow it. */
static bool read_line(const struct page_source *from, char line[LINE_MOST], const char **problem)
{
    for (size_t used = 0; used < LINE_MOST; used++) {
        uint8_t byte;
        if (!read_all(from, &byte, 1))
            return fail(problem, "the pages ended early");
        if (byte == '\n') {
            line[used] = '\0';
            return true;
        }
        line[used] = (char)byte;
    }
    return fail(problem, "a line is too long");
}

/* A number from 1 to `most` without sign or leading zero; what follows it is left in `at`. */
static bool take_number(const char **at, unsigned most, unsigned *out)
{
    unsigned value = 0;

    if (**at == '0')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = value * 10 + (unsigned)(**at - '0');
        if (value > most)
            return false;
    }
    *out = value;
    return value > 0;
}

bool pages_count(const struct page_source *from, unsigned *count, const char **problem)
{
    char line[LINE_MOST];
    const char *at = line;

    if (!read_line(from, line, problem))
        return false;
    return (take_number(&at, PAGES_MOST, count) && *at == '\0') || fail(problem, "not a number of pages");
}

bool pages_size(const struct page_source *from, unsigned *width, unsigned *height, const char **problem)
{
    char line[LINE_MOST];
    const char *at = line;

    if (!read_line(from, line, problem))
        return false;
    return (take_number(&at, WIDTH_MOST, width) && *at++ == ' ' && take_number(&at, HEIGHT_MOST, height) &&
            *at == '\0') ||
           fail(problem, "not the size of a page");
}

bool pages_row(const struct page_source *from, uint8_t *row, unsigned width, const char **problem)
{
    return read_all(from, row, (size_t)3 * width) || fail(problem, "the pages ended early");
}

bool pages_end(const struct page_source *from, const char **problem)
{
    uint8_t byte;

    return from->read(from->context, &byte, 1) == 0 || fail(problem, "something follows the last page");
}
