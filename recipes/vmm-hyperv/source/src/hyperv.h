/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the driver wants of Hyper-V, as a port: Windows implements it, tests have a twin of it. */
#ifndef HYPERV_H
#define HYPERV_H

#include <stdbool.h>
#include <stdint.h>

#include "qubes-admin.h"

/* Exit codes beyond those of qubes-admin; also the statuses of the port's functions. */
#define HYPERV_ABSENT ((qubes_status)20) /* Hyper-V is not there or not enabled */
#define HYPERV_DENIED ((qubes_status)21) /* the caller is not allowed to use it */
#define HYPERV_FAILED ((qubes_status)22) /* Hyper-V refused */

typedef struct hyperv {
    void *context;
    /* HYPERV_ABSENT with what is missing and how to get it, before anything else is called. */
    qubes_status (*check)(void *context, qubes_error *err);
    unsigned (*windows_build)(void *context);

    bool (*exists)(void *context, const char *path);
    qubes_status (*remove_file)(void *context, const char *path, qubes_error *err); /* absent is success */
    /* A dynamic VHDX of `bytes`, or a differencing one over `parent` when that is not "". */
    qubes_status (*create_disk)(void *context, const char *path, const char *parent, uint64_t bytes, qubes_error *err);
    qubes_status (*grant_access)(void *context, const char *machine, const char *path, qubes_error *err);

    qubes_status (*create_network)(void *context, const char *id, const char *document, qubes_error *err);
    qubes_status (*create_endpoint)(void *context, const char *network, const char *id, const char *document,
                                    qubes_error *err);
    /* Absent is success. */
    qubes_status (*delete_network)(void *context, const char *id, qubes_error *err);
    qubes_status (*delete_endpoint)(void *context, const char *id, qubes_error *err);

    qubes_status (*create_machine)(void *context, const char *id, const char *document, qubes_error *err);
    qubes_status (*start_machine)(void *context, const char *id, qubes_error *err);
    qubes_status (*modify_machine)(void *context, const char *id, const char *document, qubes_error *err);
    /* Asks the guest to shut down; *off tells whether it is off within the time. */
    qubes_status (*shutdown_machine)(void *context, const char *id, unsigned seconds, bool *off, qubes_error *err);
    /* Absent is success. */
    qubes_status (*terminate_machine)(void *context, const char *id, qubes_error *err);
    /* The JSON array of machines that match the query; freed with free. */
    qubes_status (*list_machines)(void *context, const char *query, char **json, qubes_error *err);

    /* Makes the host accept a socket service from machines; `name` is shown to people. */
    qubes_status (*register_service)(void *context, const char *id, const char *name, qubes_error *err);
    /* Removes every service whose name begins so. */
    qubes_status (*unregister_services)(void *context, const char *prefix, qubes_error *err);
} hyperv;

/* The real one; on Linux everything answers HYPERV_ABSENT. */
const hyperv *hyperv_system(void);

#endif
