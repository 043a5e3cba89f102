/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A directory of its own for a test, given as the program's argument, and files in it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdlib.h>

#include "fail.h"
#include "os.h"
#include "test.h"

static char scratch[QUBES_PATH_MAX];

/* Begins with nothing in it. */
static inline void scratch_begin(int argc, char **argv)
{
    if (argc != 2 || !os_path_is_absolute(argv[1]) || !qubes_copy(scratch, sizeof scratch, argv[1])) {
        fprintf(stderr, "give an absolute directory that may be emptied\n");
        exit(2);
    }
    os_remove_tree(scratch, NULL);
    os_make_directories(scratch, NULL);
}

static inline const char *scratch_path(const char *name)
{
    static char path[4][QUBES_PATH_MAX];
    static unsigned turn;
    char *out = path[turn++ % 4];
    qubes_print(out, QUBES_PATH_MAX, "%s%c%s", scratch, OS_SEPARATOR, name);
    for (char *c = out + strlen(scratch); *c; c++)
        if (*c == '/')
            *c = OS_SEPARATOR;
    return out;
}

static inline void scratch_write(const char *name, const char *text)
{
    char directory[QUBES_PATH_MAX];
    qubes_copy(directory, sizeof directory, scratch_path(name));
    *strrchr(directory, OS_SEPARATOR) = '\0';
    CHECK(os_make_directories(directory, NULL) == QUBES_OK);
    CHECK(os_write_file(scratch_path(name), text, strlen(text), NULL) == QUBES_OK);
}

static inline qubes_paths scratch_paths(void)
{
    qubes_paths paths;
    qubes_copy(paths.install, sizeof paths.install, scratch_path("install"));
    qubes_copy(paths.data, sizeof paths.data, scratch_path("data"));
    qubes_copy(paths.policy, sizeof paths.policy, scratch_path("policy"));
    qubes_copy(paths.driver, sizeof paths.driver, scratch_path("install/driver"));
    return paths;
}

#endif
