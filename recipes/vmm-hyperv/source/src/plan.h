/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain's machine consists of, decided from domain files alone: disks to make anew, disks to
 * keep, and its network. Pure but for one question: which files exist.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>

#include "qubes-admin.h"

#define PLAN_DISKS_MAX 2
#define PLAN_PARENTS_MAX 8
#define PLAN_PRIVATE_BYTES (8ull << 30) /* of a new private disk; it grows as it is used */

typedef struct plan_disk {
    char path[QUBES_PATH_MAX];
    char parent[QUBES_PATH_MAX]; /* a differencing disk over this one; "" for none */
    uint64_t bytes;              /* size of a new disk without a parent */
    bool keep;                   /* create only when absent; else made anew for each start */
} plan_disk;

typedef struct plan {
    qubes_domain domain;
    size_t disk_count;
    plan_disk disks[PLAN_DISKS_MAX]; /* in the order of their numbers in the machine; the first boots */
    size_t parent_count;
    char parents[PLAN_PARENTS_MAX][QUBES_PATH_MAX]; /* read only, but the machine must be allowed to */
    bool has_netvm;
    qubes_domain netvm;
    bool has_uplink; /* provides network and has no netvm: it gets the host's own network */
} plan;

typedef bool plan_exists(void *context, const char *path);

/*
 * Decides. QUBES_E_NOT_FOUND without the domain or its root image, QUBES_E_INVALID for what cannot be
 * a machine, QUBES_E_IN_USE when a template and a domain that boots from it would run at once.
 */
qubes_status plan_make(const qubes_paths *paths, const qubes_domain_list *domains, const char *name,
                       plan_exists *exists, void *context, plan *out, qubes_error *err);

#endif
