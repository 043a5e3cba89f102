/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * A world for tests: domains in a scratch directory, and a VMM driver that is the test program itself,
 * called with "start NAME" and so on. A file "fail" in the scratch directory makes it fail; while a file
 * "hang" is there, it waits.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "test.h"

#ifdef _WIN32
#include <windows.h>
static inline void nap(void)
{
    Sleep(20);
}
static inline void world_variable(const char *value)
{
    _putenv_s("WORLD", value);
}
static inline void world_directory(const char *path)
{
    CreateDirectoryA(path, NULL);
}
#else
#include <sys/stat.h>
#include <unistd.h>
static inline void nap(void)
{
    usleep(20000);
}
static inline void world_variable(const char *value)
{
    setenv("WORLD", value, 1);
}
static inline void world_directory(const char *path)
{
    mkdir(path, 0700);
}
#endif

#define WAIT_TURNS 3000 /* of 20 ms: only a hanging test gets here */

static qubes_paths world;

static inline const char *world_file(const char *name)
{
    static char text[4][QUBES_PATH_MAX];
    static unsigned turn;
    char *out = text[turn++ % 4];
    snprintf(out, QUBES_PATH_MAX, "%.900s/%s", getenv("WORLD"), name);
    return out;
}

static inline void world_write(const char *name, const char *text)
{
    FILE *file = fopen(world_file(name), "wb");
    CHECK(file && fputs(text, file) >= 0);
    if (file)
        fclose(file);
}

static inline int world_has(const char *name)
{
    FILE *file = fopen(world_file(name), "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

/* The driver's side of the test program. */
static inline int world_driver(int argc)
{
    if (world_has("hang")) {
        FILE *mark = fopen(world_file("hanging"), "wb");
        if (mark)
            fclose(mark);
        while (world_has("hang"))
            nap();
    }
    if (argc == 2)
        return 0; /* list: nothing runs */
    if (!world_has("fail"))
        return 0;
    fputs("no power\n", stderr);
    return 3;
}

static inline void create(const char *name, const char *cls, const char *template_name, const char *label)
{
    qubes_domain_new what = {.name = name, .cls = cls, .template_name = template_name, .label = label};
    CHECK(qubes_domain_create(&world, &what, NULL, NULL) == QUBES_OK);
}

/* An empty scratch directory (the caller made sure) becomes the world; `self` is the driver. */
static inline void world_begin(const char *scratch, const char *self)
{
    world_variable(scratch);
    memset(&world, 0, sizeof world);
    snprintf(world.data, sizeof world.data, "%.900s/data", scratch);
    snprintf(world.install, sizeof world.install, "%.900s", scratch);
    snprintf(world.driver, sizeof world.driver, "%.900s/share/qubes/vmm/driver", scratch);
    world_directory(scratch);
    world_directory(world.data);
    world_directory(world_file("share")); /* where the program on Linux looks for it */
    world_directory(world_file("share/qubes"));
    world_directory(world_file("share/qubes/vmm"));
    world_write("share/qubes/vmm/driver", self);
    create("deb", "TemplateVM", NULL, "black");
    create("work", NULL, "deb", "blue");
    create("zebra", NULL, "deb", "green");
}

#endif
