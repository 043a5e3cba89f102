/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the driver wants of Xen and of the admin domain's block devices, as a port: tests have a twin of it. */
#ifndef XEN_H
#define XEN_H

#include "plan.h"

/* Exit codes beyond those of qubes-admin; also the statuses of the port's functions. */
#define XEN_ABSENT ((qubes_status)20) /* this is no admin domain of a running Xen */
#define XEN_FAILED ((qubes_status)22) /* Xen, or a block device, refused */

#define XEN_DEVICE_SIZE 64
#define XEN_COMMAND_LINE_SIZE 1024

typedef enum xen_state {
    XEN_NOT_THERE,
    XEN_RUNNING,
    XEN_ENDED, /* it shut down or crashed, and waits to be destroyed */
    XEN_DYING  /* destroyed, but somebody still has its memory mapped */
} xen_state;

/* One start of a domain: its machine's uuid, which tells it from later ones of the same number. */
typedef struct xen_instance {
    uint8_t bytes[16];
} xen_instance;

typedef struct xen_request {
    const plan *from;
    const char (*devices)[XEN_DEVICE_SIZE]; /* of the volumes, in the order of the plan */
    const char *command_line;
} xen_request;

typedef struct xen {
    void *context;
    /* XEN_ABSENT with what is missing. */
    qubes_status (*check)(void *context, qubes_error *err);
    bool (*has_pvh)(void *context); /* the processor virtualises; true where no Xen says otherwise */

    /* Waits until no other process of this driver works on the domain, keeps others off until unlock. */
    qubes_status (*lock)(void *context, const char *directory, int *lock, qubes_error *err);
    void (*unlock)(void *context, int lock);

    bool (*exists)(void *context, const char *path);
    /* The first `size` - 1 bytes of a file as text; QUBES_E_NOT_FOUND. */
    qubes_status (*read_text)(void *context, const char *path, char *out, size_t size, qubes_error *err);
    qubes_status (*copy_file)(void *context, const char *from, const char *to, qubes_error *err);
    qubes_status (*new_file)(void *context, const char *path, uint64_t bytes, qubes_error *err); /* replaces */
    qubes_status (*remove_file)(void *context, const char *path, qubes_error *err);              /* absent is success */

    /* A block device called `name` for a file, or for what is over `base` when that is not NULL. */
    qubes_status (*open_volume)(void *context, const char *name, const char *file, const char *base, bool writable,
                                char device[XEN_DEVICE_SIZE], qubes_error *err);
    qubes_status (*close_volume)(void *context, const char *name, qubes_error *err); /* absent is success */

    /* The machine, running; nothing of it is left after a failure. */
    qubes_status (*create)(void *context, const xen_request *request, xen_instance *instance, qubes_error *err);
    qubes_status (*state)(void *context, uint32_t domain, xen_state *state, xen_instance *instance, qubes_error *err);
    qubes_status (*ask_to_shut_down)(void *context, uint32_t domain, qubes_error *err);
    qubes_status (*destroy)(void *context, uint32_t domain, qubes_error *err); /* absent is success */
    bool (*has_agent)(void *context, uint32_t domain); /* it offers the channel of its qrexec agent */
    /* Visits the number and name of each domain that runs. */
    qubes_status (*each)(void *context, void (*visit)(void *to, uint32_t domain, const char *name), void *to,
                         qubes_error *err);
    /* A process that calls driver_watch for this instance. */
    qubes_status (*watch)(void *context, const char *name, const xen_instance *instance, qubes_error *err);
    void (*wait)(void *context, unsigned milliseconds);
    unsigned long long (*now)(void *context); /* milliseconds of a clock that nobody sets */
} xen;

/* The real one. */
const xen *xen_system(void);

#endif
