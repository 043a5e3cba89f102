/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain's machine consists of, decided from domain files alone: its volumes, its kernel, its kind. Pure
 * but for one question: which files exist.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "qubes-admin.h"

#define PLAN_VOLUMES_MOST 3
#define PLAN_PRIVATE_BYTES (8ull << 30) /* of a new private volume; its file grows as it is used */

typedef enum plan_source {
    SOURCE_FILE, /* the file is the volume */
    SOURCE_COPY, /* the same, but it is first made as a copy of `base` */
    SOURCE_NEW,  /* the same, but it is first made with PLAN_PRIVATE_BYTES of nothing */
    SOURCE_LAYER /* what is written goes to the file, which begins empty at each start; all else is `base` */
} plan_source;

typedef struct plan_volume {
    const char *name;   /* "root", "private", "modules" */
    const char *device; /* as the domain sees it: "xvda" */
    plan_source source;
    bool writable;
    char file[QUBES_PATH_MAX];
    char base[QUBES_PATH_MAX]; /* COPY, LAYER: only ever read */
} plan_volume;

typedef struct plan {
    qubes_domain domain;
    bool pv;                        /* paravirtual instead of PVH */
    char kernel[QUBES_PATH_MAX];
    char ramdisk[QUBES_PATH_MAX];   /* "" for none */
    char options[QUBES_PATH_MAX];   /* file with the kernel's command line; "" for none */
    size_t volume_count;
    plan_volume volumes[PLAN_VOLUMES_MOST];
} plan;

/* What a person may choose beside domain.conf, because it means something to Xen only. */
typedef struct plan_choice {
    bool pv, pvh;    /* neither: the caller knows which of them this processor can have */
    char kernel[64]; /* a directory of vm-kernels, or "template": the one that the root's own GRUB starts; "" default */
} plan_choice;

/*
 * Reads xen.conf of a domain's directory, lines "KEY = VALUE" with the keys type (pvh, pv) and kernel; `text` is NULL
 * when there is none. QUBES_E_DAMAGED with the line.
 */
qubes_status plan_read_choice(const char *text, plan_choice *out, qubes_error *err);

typedef bool plan_exists(void *context, const char *path);

/*
 * Decides. QUBES_E_NOT_FOUND without the domain, its root image or its kernel, QUBES_E_INVALID for what cannot be
 * a machine, QUBES_E_IN_USE when a template and a domain that boots from it would run at once.
 */
qubes_status plan_make(const qubes_paths *paths, const qubes_domain_list *domains, const char *name,
                       const plan_choice *choice, plan_exists *exists, void *context, plan *out, qubes_error *err);

#endif
