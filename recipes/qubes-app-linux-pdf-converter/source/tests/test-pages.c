/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and pixels of another domain: what is taken, and what is not. */
#include "pages.h"

#include "test.h"

struct text {
    const char *at;
    size_t left, most; /* at most so many bytes at a time */
};

static long read_text(void *context, uint8_t *out, size_t size)
{
    struct text *text = context;

    if (size > text->most)
        size = text->most;
    if (size > text->left)
        size = text->left;
    memcpy(out, text->at, size);
    text->at += size;
    text->left -= size;
    return (long)size;
}

static struct text text;
static const struct page_source source = {read_text, &text};
static const char *problem;

static void give(const char *bytes)
{
    text = (struct text){bytes, strlen(bytes), 1};
    problem = "nothing";
}

static void takes_what_is_in_bounds(void)
{
    unsigned count, width, height;
    uint8_t row[6];
    give("10000\n2 1\nabcdef");
    CHECK(pages_count(&source, &count, &problem) && count == PAGES_MOST);
    CHECK(pages_size(&source, &width, &height, &problem) && width == 2 && height == 1);
    CHECK(pages_row(&source, row, width, &problem) && memcmp(row, "abcdef", 6) == 0);
    CHECK(pages_end(&source, &problem));
    give("10000 10000\n");
    CHECK(pages_size(&source, &width, &height, &problem) && width == WIDTH_MOST && height == HEIGHT_MOST);
}

static void refuses_other_numbers(void)
{
    static const char *const counts[] = {"0\n", "10001\n", "-1\n", "+1\n", "01\n", "1 \n", " 1\n", "1\r\n", "\n", "x\n",
                                         "99999999999\n", "0x10\n", "1e3\n"};
    static const char *const sizes[] = {"0 1\n", "1 0\n", "10001 1\n", "1 10001\n", "1\n", "1  1\n", "1 1 1\n",
                                        "1 -1\n", "1,1\n", "1 1 \n", " 1 1\n", "429496729 1\n", "1 01\n"};
    unsigned a, b;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        give(counts[i]);
        CHECK(!pages_count(&source, &a, &problem));
        CHECK_TEXT(problem, "not a number of pages");
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        give(sizes[i]);
        CHECK(!pages_size(&source, &a, &b, &problem));
        CHECK_TEXT(problem, "not the size of a page");
    }
    give("100000000000000");
    CHECK(!pages_count(&source, &a, &problem));
    CHECK_TEXT(problem, "a line is too long");
}

static void refuses_too_little_and_too_much(void)
{
    unsigned count;
    uint8_t row[6];
    give("1");
    CHECK(!pages_count(&source, &count, &problem));
    CHECK_TEXT(problem, "the pages ended early");
    give("abcde");
    CHECK(!pages_row(&source, row, 2, &problem));
    CHECK_TEXT(problem, "the pages ended early");
    give("x");
    CHECK(!pages_end(&source, &problem));
    CHECK_TEXT(problem, "something follows the last page");
}

int main(void)
{
    takes_what_is_in_bounds();
    refuses_other_numbers();
    refuses_too_little_and_too_much();
    return test_report("pages");
}
