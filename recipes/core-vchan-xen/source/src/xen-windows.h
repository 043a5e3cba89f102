/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Xen gives a program of a Windows domain, over xeniface: XenStore, event channels, shared memory. */
#ifndef VCHAN_XEN_XEN_WINDOWS_H
#define VCHAN_XEN_XEN_WINDOWS_H

#include "xeniface.h"

#include <stdbool.h>

#define XEN_VALUE_SIZE 64 /* of the values in XenStore that are read here */

/* Memory that is shared with another domain, or mapped from one, as long as the calling thread lives. */
struct xen_memory {
    void *address;
    struct xen_pending *pending; /* the request; NULL: there is no memory */
    uint32_t request;            /* its number for drivers that want one, else 0 */
    bool mapped;
};

/* What happens when the memory is given up, whatever the reason. */
struct xen_farewell {
    bool wanted;
    uint32_t offset; /* of the byte that becomes 0 */
    uint32_t port;   /* that is notified */
};

/* All answer an error of winerror.h. */
DWORD xen_read(HANDLE device, const char *path, char value[XEN_VALUE_SIZE]);
/* The writer's own, and readable for `domain`. */
DWORD xen_write(HANDLE device, const char *path, const char *value, int own, int domain);
DWORD xen_remove(HANDLE device, const char *path);

/* A new event channel for `domain`, or the other end of one of its. Nothing fires before xen_unmask. */
DWORD xen_bind_unbound(HANDLE device, int domain, HANDLE event, uint32_t *port);
DWORD xen_bind_interdomain(HANDLE device, int domain, uint32_t remote_port, HANDLE event, uint32_t *port);
DWORD xen_unmask(HANDLE device, uint32_t port);
DWORD xen_notify(HANDLE device, uint32_t port);
DWORD xen_close_port(HANDLE device, uint32_t port);

/* New memory of zeroes for `domain`; a reference for each page. */
DWORD xen_permit(HANDLE device, int domain, uint32_t pages, const struct xen_farewell *farewell,
                 struct xen_memory *memory, uint32_t *references);
DWORD xen_map(HANDLE device, int domain, uint32_t pages, const uint32_t *references,
              const struct xen_farewell *farewell, struct xen_memory *memory);
/* Gives up either; nothing when there is none. */
void xen_give_up(HANDLE device, struct xen_memory *memory);

#endif
