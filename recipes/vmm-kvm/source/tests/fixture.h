/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real domain files in a scratch directory, made with the library that the driver reads them by. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "qubes-admin.h"
#include "test.h"

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

static inline const char *file_of(const char *domain, const char *name)
{
    static char text[4][QUBES_PATH_MAX * 2];
    static unsigned turn;
    char *out = text[turn++ % 4];
    snprintf(out, sizeof text[0], "%s/domains/%s/%s", paths.data, domain, name);
    return out;
}

static inline const char *image_path(void)
{
    static char text[QUBES_PATH_MAX * 2];
    snprintf(text, sizeof text, "%s/deb.qcow2", paths.data);
    return text;
}

/* The root that deb keeps: its name has half of the sha-256 of "abc". */
#define KEPT_ROOT "root-ba7816bf8f01cfea414140de5dae2223.qcow2"

/* Makes a file with "abc" in it the image of the template deb. */
static inline void register_image(const char *name)
{
    char path[QUBES_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s/%s", paths.data, name);
    FILE *image = fopen(path, "wb");
    CHECK(image && fputs("abc", image) >= 0 && fclose(image) == 0);
    CHECK(qubes_template_register(&paths, "deb", path,
                                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                                  &err) == QUBES_OK);
}

/* dom0; deb (template, id 1); net (2, provides network); work (3, netvm net); dvm (4, base of disposables). */
static inline void make_domains(const char *scratch)
{
    char command[QUBES_PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    CHECK(system(command) == 0 && mkdir(scratch, 0700) == 0);
    memset(&paths, 0, sizeof paths);
    snprintf(paths.data, sizeof paths.data, "%s/data", scratch);
    CHECK(mkdir(paths.data, 0700) == 0);
    register_image("deb.qcow2");
    create("net", NULL, "deb");
    set("net", "provides_network", "yes");
    create("work", NULL, "deb");
    set("work", "netvm", "net");
    set("work", "memory", "2049");
    create("dvm", NULL, "deb");
    set("dvm", "template_for_dispvms", "yes");
}

#endif
