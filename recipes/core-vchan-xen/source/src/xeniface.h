/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The public interface of xeniface, the Xen Project's driver by which programs of a Windows domain reach Xen, written
 * after the description in its include/xeniface_ioctls.h; and the four ways of calling it, so that tests can be it.
 */
#ifndef VCHAN_XEN_XENIFACE_H
#define VCHAN_XEN_XENIFACE_H

#include <windows.h>

#include <stdint.h>
#include <winioctl.h>

/* Device interface b2cfb085-aa5e-47e1-8bf7-9793f3154565. */
#define XENIFACE_GUID {0xb2cfb085, 0xaa5e, 0x47e1, {0x8b, 0xf7, 0x97, 0x93, 0xf3, 0x15, 0x45, 0x65}}

#define XENIFACE_BUFFERED(number) CTL_CODE(FILE_DEVICE_UNKNOWN, number, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define XENIFACE_NEITHER(number) CTL_CODE(FILE_DEVICE_UNKNOWN, number, METHOD_NEITHER, FILE_ANY_ACCESS)

/* XenStore. Paths and values end with NUL; a write has one more NUL at its end. */
#define XENIFACE_STORE_READ XENIFACE_BUFFERED(0x800)
#define XENIFACE_STORE_WRITE XENIFACE_BUFFERED(0x801)
#define XENIFACE_STORE_REMOVE XENIFACE_BUFFERED(0x803)
#define XENIFACE_STORE_SET_PERMISSIONS XENIFACE_BUFFERED(0x804)

/* Event channels. */
#define XENIFACE_EVTCHN_BIND_INTERDOMAIN XENIFACE_BUFFERED(0x810)
#define XENIFACE_EVTCHN_BIND_UNBOUND XENIFACE_BUFFERED(0x811)
#define XENIFACE_EVTCHN_CLOSE XENIFACE_BUFFERED(0x812)
#define XENIFACE_EVTCHN_NOTIFY XENIFACE_BUFFERED(0x813)
#define XENIFACE_EVTCHN_UNMASK XENIFACE_BUFFERED(0x814)

/*
 * Memory that is shared with other domains. PERMIT and MAP stay pending as long as the memory is shared or mapped;
 * that ends with REVOKE and UNMAP, and with the thread that asked. The second version came in December 2023 and names
 * memory by its address; older drivers know the first one alone, which names it by a number of the caller's choice.
 */
#define XENIFACE_PERMIT_1 XENIFACE_NEITHER(0x820)
#define XENIFACE_REVOKE_1 XENIFACE_BUFFERED(0x821)
#define XENIFACE_MAP_1 XENIFACE_NEITHER(0x822)
#define XENIFACE_UNMAP_1 XENIFACE_BUFFERED(0x823)
#define XENIFACE_PERMIT_2 XENIFACE_NEITHER(0x824)
#define XENIFACE_REVOKE_2 XENIFACE_BUFFERED(0x825)
#define XENIFACE_MAP_2 XENIFACE_NEITHER(0x826)
#define XENIFACE_UNMAP_2 XENIFACE_BUFFERED(0x827)

#define XENIFACE_PERMISSION_NONE 0
#define XENIFACE_PERMISSION_READ 1

struct xeniface_permission {
    uint16_t domain;
    uint32_t mask;
};

struct xeniface_set_permissions {
    const char *path;
    uint32_t path_size; /* with the NUL */
    uint32_t count;
    struct xeniface_permission permissions[2];
};

struct xeniface_bind_interdomain {
    uint16_t domain;
    uint32_t remote_port;
    uint8_t masked;
    HANDLE event;
};

struct xeniface_bind_unbound {
    uint16_t domain;
    uint8_t masked;
    HANDLE event;
};

/* Input of CLOSE, NOTIFY and UNMASK; output of both ways to bind. */
struct xeniface_port {
    uint32_t local_port;
};

/* When the memory is no longer shared or mapped, a byte of it becomes 0, and an event channel is notified. */
#define XENIFACE_NOTIFY_OFFSET 2
#define XENIFACE_NOTIFY_PORT 4

struct xeniface_permit_1 {
    uint32_t request;
    uint16_t domain;
    uint32_t pages;
    uint32_t flags;
    uint32_t notify_offset;
    uint32_t notify_port;
};

struct xeniface_permit_2 {
    uint16_t domain;
    void *address; /* NULL: memory of the driver */
    uint32_t pages;
    uint32_t flags;
    uint32_t notify_offset;
    uint32_t notify_port;
};

struct xeniface_permitted {
    void *address;
    uint32_t references[];
};

struct xeniface_map_1 {
    uint32_t request;
    uint16_t domain;
    uint32_t pages;
    uint32_t flags;
    uint32_t notify_offset;
    uint32_t notify_port;
    uint32_t references[];
};

struct xeniface_map_2 {
    uint16_t domain;
    uint32_t pages;
    uint32_t flags;
    uint32_t notify_offset;
    uint32_t notify_port;
    uint32_t references[];
};

struct xeniface_mapped {
    void *address;
};

/* Input of REVOKE and UNMAP. */
struct xeniface_end_1 {
    uint32_t request;
};

struct xeniface_end_2 {
    void *address;
};

#ifdef _WIN64
_Static_assert(sizeof(struct xeniface_permission) == 8 && sizeof(struct xeniface_set_permissions) == 32, "as the driver");
_Static_assert(sizeof(struct xeniface_bind_interdomain) == 24 && sizeof(struct xeniface_bind_unbound) == 16,
               "as the driver");
_Static_assert(sizeof(struct xeniface_permit_1) == 24 && sizeof(struct xeniface_permit_2) == 32, "as the driver");
_Static_assert(sizeof(struct xeniface_map_1) == 24 && sizeof(struct xeniface_map_2) == 20, "as the driver");
_Static_assert(sizeof(struct xeniface_permitted) == 8, "as the driver");
#endif

/* A request to the driver. */
struct xeniface_request {
    DWORD code;
    const void *in;
    DWORD in_size;
    void *out;
    DWORD out_size;
};

/* All answers are errors of winerror.h. */
struct xeniface {
    /* ERROR_FILE_NOT_FOUND without such a driver. */
    DWORD (*open)(HANDLE *device);
    void (*close)(HANDLE device);
    /* A request that ends at once. */
    DWORD (*call)(HANDLE device, const struct xeniface_request *request);
    /* One that stays pending: ERROR_IO_PENDING when it does, and the output is there. `pending` has an event. */
    DWORD (*begin)(HANDLE device, const struct xeniface_request *request, OVERLAPPED *pending);
};

/* The driver of this machine: driver-windows.c. */
extern const struct xeniface xeniface;

#endif
