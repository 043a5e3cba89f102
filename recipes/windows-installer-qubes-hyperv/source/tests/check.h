/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assertions, and files for tests below $TESTDIR, which the Makefile makes empty for each program. */
#ifndef SETUP_CHECK_H
#define SETUP_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os.h"
#include "tree.h"

#define CHECK(condition)                                                                       \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s: not so: %s\n", __func__, #condition);                         \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

/* A path below the test's directory. */
static inline char *at(const char *path)
{
    return text("%s/%s", getenv("TESTDIR"), path);
}

static inline void put(const char *path, const char *content)
{
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        CHECK(make_directories(at(text("%.*s", (int)(slash - path), path))));
    FILE *out = fopen(at(path), "wb");
    CHECK(out != NULL && fputs(content, out) >= 0 && fclose(out) == 0);
}

/* Whether the file has exactly this content; NULL: whether nothing is there. */
static inline bool has(const char *path, const char *content)
{
    char found[4096];
    if (content == NULL)
        return os_kind(at(path)) == NOTHING;
    FILE *in = fopen(at(path), "rb");
    if (in == NULL)
        return false;
    size_t size = fread(found, 1, sizeof found - 1, in);
    found[size] = '\0';
    fclose(in);
    return strcmp(found, content) == 0;
}

/* Removes everything below the test's directory. */
static inline void clear(void)
{
    CHECK(remove_tree(getenv("TESTDIR")) && mkdir(getenv("TESTDIR"), 0700) == 0);
}

#endif
