/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Xen gives a program of a Windows domain, over xeniface. */
#include "xen-windows.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define GIVE_UP_MS 5000 /* far longer than a request takes that has been told to end */

static DWORD call(HANDLE device, DWORD code, const void *in, size_t in_size, void *out, size_t out_size)
{
    struct xeniface_request request = {code, in, (DWORD)in_size, out, (DWORD)out_size};

    return xeniface.call(device, &request);
}

DWORD xen_read(HANDLE device, const char *path, char value[XEN_VALUE_SIZE])
{
    memset(value, 0, XEN_VALUE_SIZE);
    DWORD result = call(device, XENIFACE_STORE_READ, path, strlen(path) + 1, value, XEN_VALUE_SIZE);
    value[XEN_VALUE_SIZE - 1] = '\0';
    return result;
}

DWORD xen_write(HANDLE device, const char *path, const char *value, int own, int domain)
{
    struct xeniface_set_permissions permissions = {
        .path = path,
        .path_size = (uint32_t)strlen(path) + 1,
        .count = 2,
        .permissions = {{(uint16_t)own, XENIFACE_PERMISSION_NONE}, {(uint16_t)domain, XENIFACE_PERMISSION_READ}},
    };
    char both[256]; /* path, NUL, value, NUL, NUL */
    size_t size = strlen(path) + strlen(value) + 3;

    if (size > sizeof(both))
        return ERROR_INSUFFICIENT_BUFFER;
    memset(both, 0, sizeof(both));
    memcpy(both, path, strlen(path));
    memcpy(both + strlen(path) + 1, value, strlen(value));
    DWORD result = call(device, XENIFACE_STORE_WRITE, both, size, NULL, 0);
    if (result != ERROR_SUCCESS)
        return result;
    return call(device, XENIFACE_STORE_SET_PERMISSIONS, &permissions, sizeof(permissions), NULL, 0);
}

DWORD xen_remove(HANDLE device, const char *path)
{
    return call(device, XENIFACE_STORE_REMOVE, path, strlen(path) + 1, NULL, 0);
}

DWORD xen_bind_unbound(HANDLE device, int domain, HANDLE event, uint32_t *port)
{
    struct xeniface_bind_unbound in = {(uint16_t)domain, TRUE, event};
    struct xeniface_port out = {0};
    DWORD result = call(device, XENIFACE_EVTCHN_BIND_UNBOUND, &in, sizeof(in), &out, sizeof(out));

    *port = out.local_port;
    return result;
}

DWORD xen_bind_interdomain(HANDLE device, int domain, uint32_t remote_port, HANDLE event, uint32_t *port)
{
    struct xeniface_bind_interdomain in = {(uint16_t)domain, remote_port, TRUE, event};
    struct xeniface_port out = {0};
    DWORD result = call(device, XENIFACE_EVTCHN_BIND_INTERDOMAIN, &in, sizeof(in), &out, sizeof(out));

    *port = out.local_port;
    return result;
}

static DWORD call_port(HANDLE device, DWORD code, uint32_t port)
{
    struct xeniface_port in = {port};

    return call(device, code, &in, sizeof(in), NULL, 0);
}

DWORD xen_unmask(HANDLE device, uint32_t port)
{
    return call_port(device, XENIFACE_EVTCHN_UNMASK, port);
}

DWORD xen_notify(HANDLE device, uint32_t port)
{
    return call_port(device, XENIFACE_EVTCHN_NOTIFY, port);
}

DWORD xen_close_port(HANDLE device, uint32_t port)
{
    return call_port(device, XENIFACE_EVTCHN_CLOSE, port);
}

/* Numbers of this process's requests. */
static uint32_t next_request(void)
{
    static volatile LONG last;

    return (uint32_t)InterlockedIncrement(&last);
}

/* What is the driver's to write to while a request is pending, so it lies apart from all that may be freed before. */
struct xen_pending {
    OVERLAPPED overlapped;
    struct xeniface_permitted answer; /* that of a mapping is its address alone */
};

static struct xen_pending *new_pending(size_t answer_size)
{
    struct xen_pending *pending = calloc(1, sizeof(*pending) + answer_size);

    if (pending == NULL)
        return NULL;
    pending->overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (pending->overlapped.hEvent != NULL)
        return pending;
    free(pending);
    return NULL;
}

static void free_pending(struct xen_pending *pending)
{
    CloseHandle(pending->overlapped.hEvent);
    free(pending);
}

/* Begins a request that is to stay pending. */
static DWORD begin(HANDLE device, DWORD code, const void *in, size_t in_size, struct xen_pending *pending,
                   size_t answer_size)
{
    struct xeniface_request request = {code, in, (DWORD)in_size, &pending->answer, (DWORD)answer_size};
    DWORD result = xeniface.begin(device, &request, &pending->overlapped);

    if (result == ERROR_IO_PENDING)
        return ERROR_SUCCESS;
    return result == ERROR_SUCCESS ? ERROR_INVALID_DATA : result;
}

/* What a driver says to a request that it does not know. */
static bool is_unknown(DWORD result)
{
    return result == ERROR_INVALID_FUNCTION || result == ERROR_NOT_SUPPORTED;
}

static uint32_t flags_of(const struct xen_farewell *farewell)
{
    return farewell->wanted ? XENIFACE_NOTIFY_OFFSET | XENIFACE_NOTIFY_PORT : 0;
}

DWORD xen_permit(HANDLE device, int domain, uint32_t pages, const struct xen_farewell *farewell,
                 struct xen_memory *memory, uint32_t *references)
{
    uint32_t flags = flags_of(farewell);
    struct xeniface_permit_2 in = {(uint16_t)domain, NULL, pages, flags, farewell->offset, farewell->port};
    struct xeniface_permit_1 older = {next_request(), (uint16_t)domain, pages, flags, farewell->offset, farewell->port};
    size_t size = offsetof(struct xeniface_permitted, references[0]) + pages * sizeof(uint32_t);
    struct xen_pending *pending = new_pending(size);

    memset(memory, 0, sizeof(*memory));
    if (pending == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD result = begin(device, XENIFACE_PERMIT_2, &in, sizeof(in), pending, size);
    if (is_unknown(result)) {
        memory->request = older.request;
        result = begin(device, XENIFACE_PERMIT_1, &older, sizeof(older), pending, size);
    }
    if (result != ERROR_SUCCESS) {
        free_pending(pending);
        return result;
    }
    memory->pending = pending;
    memory->address = pending->answer.address;
    memcpy(references, pending->answer.references, pages * sizeof(uint32_t));
    memset(memory->address, 0, (size_t)pages * PAGE);
    return ERROR_SUCCESS;
}

/* Either form of the request for a mapping. */
union map_request {
    struct xeniface_map_1 one;
    struct xeniface_map_2 two;
};

static DWORD begin_map(HANDLE device, const struct xeniface_map_1 *wanted, const uint32_t *references,
                       struct xen_memory *memory)
{
    size_t list = wanted->pages * sizeof(uint32_t);
    union map_request *in = calloc(1, sizeof(*in) + list);

    if (in == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    in->two = (struct xeniface_map_2){wanted->domain, wanted->pages, wanted->flags, wanted->notify_offset,
                                      wanted->notify_port};
    memcpy(in->two.references, references, list);
    DWORD result = begin(device, XENIFACE_MAP_2, in, sizeof(in->two) + list, memory->pending,
                         sizeof(struct xeniface_mapped));
    if (is_unknown(result)) {
        in->one = *wanted;
        memcpy(in->one.references, references, list);
        memory->request = wanted->request;
        result = begin(device, XENIFACE_MAP_1, in, sizeof(in->one) + list, memory->pending,
                       sizeof(struct xeniface_mapped));
    }
    free(in);
    return result;
}

DWORD xen_map(HANDLE device, int domain, uint32_t pages, const uint32_t *references,
              const struct xen_farewell *farewell, struct xen_memory *memory)
{
    struct xeniface_map_1 wanted = {next_request(),     (uint16_t)domain, pages, flags_of(farewell),
                                    farewell->offset, farewell->port};

    memset(memory, 0, sizeof(*memory));
    memory->pending = new_pending(sizeof(struct xeniface_mapped));
    if (memory->pending == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD result = begin_map(device, &wanted, references, memory);
    if (result != ERROR_SUCCESS) {
        free_pending(memory->pending);
        memset(memory, 0, sizeof(*memory));
        return result;
    }
    memory->address = memory->pending->answer.address;
    memory->mapped = true;
    return ERROR_SUCCESS;
}

void xen_give_up(HANDLE device, struct xen_memory *memory)
{
    struct xeniface_end_2 by_address = {memory->address};
    struct xeniface_end_1 by_number = {memory->request};

    if (memory->pending == NULL)
        return;
    if (memory->request == 0)
        call(device, memory->mapped ? XENIFACE_UNMAP_2 : XENIFACE_REVOKE_2, &by_address, sizeof(by_address), NULL, 0);
    else
        call(device, memory->mapped ? XENIFACE_UNMAP_1 : XENIFACE_REVOKE_1, &by_number, sizeof(by_number), NULL, 0);
    /* A request that has not ended is still the driver's to write to: then it is left to the process. */
    if (WaitForSingleObject(memory->pending->overlapped.hEvent, GIVE_UP_MS) == WAIT_OBJECT_0)
        free_pending(memory->pending);
    memset(memory, 0, sizeof(*memory));
}
