/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain's machine consists of, decided from domain files alone: disks to make anew, disks to
 * keep, and its networks. Pure but for one question: which files exist.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>

#include "qubes-admin.h"

#define PLAN_DISKS_MAX 2
#define PLAN_PRIVATE_SIZE "8G" /* of a new private volume; it grows as it is used */

typedef struct plan_disk {
    char path[QUBES_PATH_MAX];   /* a qcow2 file */
    char parent[QUBES_PATH_MAX]; /* an overlay over this one; "" for none */
    const char *parent_format;   /* "qcow2" or "raw" */
    bool keep;                   /* create only when absent; else made anew for each start */
} plan_disk;

typedef struct plan {
    qubes_domain domain;
    size_t disk_count;
    plan_disk disks[PLAN_DISKS_MAX]; /* in the order of their names in the machine; the first boots */
    char firmware[QUBES_PATH_MAX];   /* its variables, for one run */
    bool has_netvm;
    uint32_t netvm; /* its id */
    bool has_uplink; /* provides network and has no netvm: it gets the host's */
} plan;

typedef bool plan_exists(void *context, const char *path);

/*
 * Decides. QUBES_E_NOT_FOUND without the domain or its root image, QUBES_E_INVALID for what cannot be
 * a machine, QUBES_E_IN_USE when a template and a domain that boots from it would run at once.
 */
qubes_status plan_make(const qubes_paths *paths, const qubes_domain_list *domains, const char *name,
                       plan_exists *exists, void *context, plan *out, qubes_error *err);

/* The same for a stop: the state of others does not matter, and a lost image is no obstacle. */
qubes_status plan_make_for_stop(const qubes_paths *paths, qubes_domain_list *domains, const char *name,
                                plan_exists *exists, void *context, plan *out, qubes_error *err);

#endif
