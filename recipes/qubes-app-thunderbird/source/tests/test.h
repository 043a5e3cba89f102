/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smallest test frame: checks that go on after a failure and a count at the end. */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <string.h>

static unsigned test_checks, test_failures;

#define CHECK(condition)                                                              \
    do {                                                                              \
        test_checks++;                                                                \
        if (!(condition)) {                                                           \
            test_failures++;                                                          \
            printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);          \
        }                                                                             \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                              \
    do {                                                                                          \
        const char *test_actual = (actual), *test_expected = (expected);                          \
        test_checks++;                                                                            \
        if (strcmp(test_actual, test_expected) != 0) {                                            \
            test_failures++;                                                                      \
            printf("%s:%d: '%s' is not '%s'\n", __FILE__, __LINE__, test_actual, test_expected); \
        }                                                                                         \
    } while (0)

static inline int test_report(const char *name)
{
    printf("%s: %u checks, %u failures\n", name, test_checks, test_failures);
    return test_failures || !test_checks ? 1 : 0;
}

#endif
