/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the driver needs of the host it runs on: programs and files. Tests put a host in memory in its place. */
#ifndef HOST_H
#define HOST_H

#include "qubes-admin.h"

/* Exit codes of the program beyond core-admin's. */
#define KVM_ABSENT ((qubes_status)20)  /* no libvirt here */
#define KVM_REFUSED ((qubes_status)22) /* libvirt or qemu-img refused */

typedef struct host {
    void *context;
    /*
     * Runs a program of PATH (argv ends with NULL), `input` ("" for none) on its standard input. Its standard output
     * goes to *output (may be NULL; freed by the caller). KVM_ABSENT when there is no such program, KVM_REFUSED with the
     * last line of its standard error when it fails.
     */
    qubes_status (*run)(void *context, const char *const *argv, const char *input, char **output, qubes_error *err);
    bool (*exists)(void *context, const char *path);
    /* A file that is not there is removed already. */
    qubes_status (*remove_file)(void *context, const char *path, qubes_error *err);
    void (*wait_a_second)(void *context);
} host;

const host *host_system(void);

#endif
