/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real domain files in a scratch directory, made with the library that the driver reads them by. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "qubes-admin.h"
#include "test.h"

/* sha-256 of "abc", the content of the image. */
#define IMAGE_HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define KEPT_ROOT "root-ba7816bf8f01cfea414140de5dae2223.img"

static qubes_paths paths;
static qubes_error err;

static inline void create(const char *name, const char *cls, const char *template_name)
{
    qubes_domain_new what = {.name = name, .cls = cls, .template_name = template_name};
    CHECK(qubes_domain_create(&paths, &what, NULL, &err) == QUBES_OK);
}

static inline void set(const char *name, const char *key, const char *value)
{
    CHECK(qubes_domain_set(&paths, name, key, value, &err) == QUBES_OK);
}

/* What core-admin records while a domain runs. */
static inline void record_running(const char *name)
{
    char path[QUBES_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s/run", paths.data);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/run/%s.state", paths.data, name);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs("running\n", file) >= 0 && fclose(file) == 0);
}

/* Paths without what every one of them begins with. */
static inline const char *tail(const char *path)
{
    size_t length = strlen(paths.data);
    return length > 0 && strncmp(path, paths.data, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* dom0; deb (template, id 1); work (2); dvm (3, base of disposables); lone (4, standalone). */
static inline void make_domains(const char *scratch)
{
    char command[QUBES_PATH_MAX + 16], image[QUBES_PATH_MAX * 2];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    CHECK(system(command) == 0 && mkdir(scratch, 0700) == 0);
    memset(&paths, 0, sizeof paths);
    snprintf(paths.data, sizeof paths.data, "%s/data", scratch);
    CHECK(mkdir(paths.data, 0700) == 0);
    snprintf(image, sizeof image, "%s/deb.img", paths.data);
    FILE *file = fopen(image, "wb");
    CHECK(file && fputs("abc", file) >= 0 && fclose(file) == 0);
    CHECK(qubes_template_register(&paths, "deb", image, IMAGE_HASH, &err) == QUBES_OK);
    create("work", NULL, "deb");
    set("work", "memory", "512");
    set("work", "vcpus", "3");
    create("dvm", NULL, "deb");
    set("dvm", "template_for_dispvms", "yes");
    create("lone", "StandaloneVM", NULL);
}

#endif
