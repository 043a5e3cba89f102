/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays Xen, XenStore and the kernel's side of xeniface for the test programs: hypervisor VERSION, where VERSION is 1 or
 * 2, that of the requests for memory which its driver knows. It checks what the driver checks: the exact sizes of
 * requests, and whether a domain may. A program that dies gives up what it had, and its peer is notified as asked.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulation.h"

#define MOST 256
#define PAGES_MOST 256
#define PAGE 4096

struct device; /* of one program, until it closes it or dies */

static struct node {
    bool used;
    char path[160], value[64];
    DWORD owner, reader;
} nodes[MOST];

static struct port {
    struct device *device; /* NULL: closed */
    DWORD domain, remote_domain;
    uint32_t remote; /* 0: not bound as yet */
    HANDLE event;
    bool masked, waiting;
} ports[MOST];

static struct grant {
    struct device *device; /* NULL: none */
    DWORD domain, remote_domain, pages;
    HANDLE section;
} grants[MOST];

struct holding {
    bool used, is_map;
    uint64_t number;
    DWORD grant, flags, notify_offset, notify_port;
};

struct device {
    HANDLE pipe, process;
    DWORD domain;
    struct holding holdings[64];
    struct holding *newest; /* whose address is not known yet */
};

static CRITICAL_SECTION lock;
static int version;

static void say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fflush(stderr);
}

/* ---- XenStore ---- */

static bool full_path(const struct device *device, const char *path, char full[160])
{
    if (path[0] == '/')
        return (size_t)snprintf(full, 160, "%s", path) < 160;
    return (size_t)snprintf(full, 160, "/local/domain/%lu/%s", device->domain, path) < 160;
}

static struct node *node_at(const char *full)
{
    for (size_t i = 0; i < MOST; i++)
        if (nodes[i].used && strcmp(nodes[i].path, full) == 0)
            return &nodes[i];
    return NULL;
}

static DWORD store_read(struct device *device, const char *path, struct simulation_answer *answer)
{
    char full[160];

    if (strcmp(path, "domid") == 0) {
        snprintf((char *)answer->bytes, 64, "%lu", device->domain);
        return ERROR_SUCCESS;
    }
    const struct node *node = full_path(device, path, full) ? node_at(full) : NULL;
    if (node == NULL)
        return ERROR_FILE_NOT_FOUND;
    if (device->domain != node->owner && device->domain != node->reader)
        return ERROR_ACCESS_DENIED;
    snprintf((char *)answer->bytes, 64, "%s", node->value);
    return ERROR_SUCCESS;
}

static DWORD store_write(struct device *device, const char *path, const char *value)
{
    char full[160];

    if (!full_path(device, path, full))
        return ERROR_INVALID_PARAMETER;
    struct node *node = node_at(full);
    for (size_t i = 0; node == NULL && i < MOST; i++)
        if (!nodes[i].used)
            node = &nodes[i];
    if (node == NULL)
        return ERROR_NO_SYSTEM_RESOURCES;
    if (node->used && node->owner != device->domain)
        return ERROR_ACCESS_DENIED;
    *node = (struct node){.used = true, .owner = device->domain, .reader = device->domain};
    snprintf(node->path, sizeof(node->path), "%s", full);
    snprintf(node->value, sizeof(node->value), "%s", value);
    return ERROR_SUCCESS;
}

/* With all that is below. */
static DWORD store_remove(struct device *device, const char *path)
{
    char full[160];
    DWORD error = ERROR_FILE_NOT_FOUND;

    if (!full_path(device, path, full))
        return ERROR_INVALID_PARAMETER;
    for (size_t i = 0; i < MOST; i++) {
        if (!nodes[i].used || nodes[i].owner != device->domain || strncmp(nodes[i].path, full, strlen(full)) != 0)
            continue;
        nodes[i].used = false;
        error = ERROR_SUCCESS;
    }
    return error;
}

static DWORD store_permissions(struct device *device, const struct simulation_question *question)
{
    const struct xeniface_set_permissions *in = (const void *)question->bytes;
    char full[160];

    if (question->in_size != offsetof(struct xeniface_set_permissions, permissions[2]) || in->count != 2)
        return ERROR_INVALID_PARAMETER;
    const char *path = (const char *)question->bytes + question->in_size;
    struct node *node = full_path(device, path, full) ? node_at(full) : NULL;
    if (node == NULL || in->path_size != strlen(path) + 1)
        return ERROR_FILE_NOT_FOUND;
    if (node->owner != device->domain || in->permissions[0].domain != device->domain ||
        in->permissions[0].mask != XENIFACE_PERMISSION_NONE || in->permissions[1].mask != XENIFACE_PERMISSION_READ)
        return ERROR_ACCESS_DENIED;
    node->reader = in->permissions[1].domain;
    return ERROR_SUCCESS;
}

/* ---- Event channels ---- */

static void fire(uint32_t number)
{
    struct port *port = &ports[number];

    if (port->device == NULL)
        return;
    if (port->masked)
        port->waiting = true;
    else
        SetEvent(port->event);
}

static uint32_t new_port(struct device *device, DWORD remote_domain, bool masked, HANDLE event)
{
    for (uint32_t i = 1; i < MOST; i++) {
        if (ports[i].device != NULL)
            continue;
        ports[i] = (struct port){device, device->domain, remote_domain, 0, NULL, masked, false};
        if (!DuplicateHandle(device->process, event, GetCurrentProcess(), &ports[i].event, 0, FALSE,
                             DUPLICATE_SAME_ACCESS))
            abort();
        return i;
    }
    abort();
}

static DWORD bind_unbound(struct device *device, const struct simulation_question *question,
                          struct simulation_answer *answer)
{
    const struct xeniface_bind_unbound *in = (const void *)question->bytes;
    struct xeniface_port *out = (void *)answer->bytes;

    if (question->in_size != sizeof(*in) || question->out_size != sizeof(*out))
        return ERROR_INVALID_PARAMETER;
    out->local_port = new_port(device, in->domain, in->masked, in->event);
    return ERROR_SUCCESS;
}

static DWORD bind_interdomain(struct device *device, const struct simulation_question *question,
                              struct simulation_answer *answer)
{
    const struct xeniface_bind_interdomain *in = (const void *)question->bytes;
    struct xeniface_port *out = (void *)answer->bytes;

    if (question->in_size != sizeof(*in) || question->out_size != sizeof(*out) || in->remote_port >= MOST)
        return ERROR_INVALID_PARAMETER;
    struct port *remote = &ports[in->remote_port];
    if (remote->device == NULL || remote->remote != 0 || remote->domain != in->domain ||
        remote->remote_domain != device->domain)
        return ERROR_INVALID_PARAMETER;
    out->local_port = new_port(device, in->domain, in->masked, in->event);
    remote->remote = out->local_port;
    ports[out->local_port].remote = in->remote_port;
    return ERROR_SUCCESS;
}

/* NULL when the program has no such port. */
static struct port *port_of(struct device *device, uint32_t number)
{
    return number < MOST && ports[number].device == device ? &ports[number] : NULL;
}

/* As in Xen: the other end can be bound once more. */
static void close_port(struct port *port)
{
    if (port->remote != 0)
        ports[port->remote].remote = 0;
    CloseHandle(port->event);
    *port = (struct port){0};
}

static DWORD use_port(struct device *device, const struct simulation_question *question)
{
    const struct xeniface_port *in = (const void *)question->bytes;
    struct port *port = port_of(device, in->local_port);

    if (question->in_size != sizeof(*in) || question->out_size != 0 || port == NULL)
        return ERROR_INVALID_PARAMETER;
    if (question->code == XENIFACE_EVTCHN_CLOSE) {
        close_port(port);
    } else if (question->code == XENIFACE_EVTCHN_NOTIFY) {
        fire(port->remote);
    } else {
        port->masked = false;
        if (port->waiting)
            SetEvent(port->event);
        port->waiting = false;
    }
    return ERROR_SUCCESS;
}

/* ---- Memory ---- */

static struct holding *new_holding(struct device *device)
{
    for (size_t i = 0; i < sizeof(device->holdings) / sizeof(device->holdings[0]); i++)
        if (!device->holdings[i].used)
            return device->newest = &device->holdings[i];
    abort();
}

static void give_section(struct device *device, HANDLE section, struct simulation_answer *answer)
{
    HANDLE theirs;

    if (!DuplicateHandle(GetCurrentProcess(), section, device->process, &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS))
        abort();
    answer->section = (uint64_t)(uintptr_t)theirs;
}

/* A reference is the number of a grant and of a page in it. */
static DWORD permit(struct device *device, struct xeniface_permit_1 in, const struct simulation_question *question,
                    struct simulation_answer *answer)
{
    struct xeniface_permitted *out = (void *)answer->bytes;

    if (in.pages == 0 || in.pages > PAGES_MOST ||
        question->out_size != offsetof(struct xeniface_permitted, references[0]) + in.pages * sizeof(uint32_t) ||
        ((in.flags & XENIFACE_NOTIFY_OFFSET) != 0 && in.notify_offset >= in.pages * PAGE))
        return ERROR_INVALID_PARAMETER;
    for (DWORD i = 1; i < MOST; i++) {
        if (grants[i].device != NULL)
            continue;
        grants[i] = (struct grant){device, device->domain, in.domain, in.pages, NULL};
        grants[i].section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, in.pages * PAGE, NULL);
        for (DWORD page = 0; page < in.pages; page++)
            out->references[page] = i * PAGES_MOST + page;
        *new_holding(device) = (struct holding){true, false, in.request, i, in.flags, in.notify_offset, in.notify_port};
        give_section(device, grants[i].section, answer);
        return ERROR_SUCCESS;
    }
    return ERROR_NO_SYSTEM_RESOURCES;
}

static DWORD map(struct device *device, struct xeniface_map_1 in, const uint32_t *references, size_t list_size,
                 struct simulation_answer *answer)
{
    if (in.pages == 0 || list_size != in.pages * sizeof(uint32_t))
        return ERROR_INVALID_PARAMETER;
    DWORD number = references[0] / PAGES_MOST;
    if (number >= MOST || grants[number].device == NULL || grants[number].domain != in.domain ||
        grants[number].remote_domain != device->domain || grants[number].pages != in.pages)
        return ERROR_INVALID_PARAMETER;
    for (DWORD page = 0; page < in.pages; page++)
        if (references[page] != number * PAGES_MOST + page)
            return ERROR_INVALID_PARAMETER;
    *new_holding(device) = (struct holding){true, true, in.request, number, in.flags, in.notify_offset, in.notify_port};
    give_section(device, grants[number].section, answer);
    return ERROR_SUCCESS;
}

/* The section lives on while others map it, as pages do in Xen. */
static void give_up(struct device *device, struct holding *holding)
{
    struct grant *grant = &grants[holding->grant];
    struct port *port = port_of(device, holding->notify_port);

    if ((holding->flags & XENIFACE_NOTIFY_OFFSET) != 0 && grant->device != NULL) {
        volatile unsigned char *bytes = MapViewOfFile(grant->section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
        bytes[holding->notify_offset] = 0;
        UnmapViewOfFile((void *)(uintptr_t)bytes);
    }
    if ((holding->flags & XENIFACE_NOTIFY_PORT) != 0 && port != NULL)
        fire(port->remote);
    if (!holding->is_map) {
        CloseHandle(grant->section);
        *grant = (struct grant){0};
    }
    holding->used = false;
}

static DWORD end_holding(struct device *device, uint64_t number, bool is_map, struct simulation_answer *answer)
{
    for (size_t i = 0; i < sizeof(device->holdings) / sizeof(device->holdings[0]); i++) {
        struct holding *holding = &device->holdings[i];
        if (!holding->used || holding->is_map != is_map || holding->number != number)
            continue;
        answer->pending = number;
        give_up(device, holding);
        return ERROR_SUCCESS;
    }
    return ERROR_FILE_NOT_FOUND;
}

static DWORD memory_1(struct device *device, const struct simulation_question *question,
                      struct simulation_answer *answer)
{
    const struct xeniface_permit_1 *in = (const void *)question->bytes;
    const struct xeniface_map_1 *wanted = (const void *)question->bytes;
    bool is_map = question->code == XENIFACE_MAP_1 || question->code == XENIFACE_UNMAP_1;

    if (question->code == XENIFACE_PERMIT_1)
        return question->in_size == sizeof(*in) ? permit(device, *in, question, answer) : ERROR_INVALID_PARAMETER;
    if (question->code == XENIFACE_MAP_1)
        return question->in_size > sizeof(*wanted) && question->out_size == sizeof(struct xeniface_mapped)
                   ? map(device, *wanted, wanted->references, question->in_size - sizeof(*wanted), answer)
                   : ERROR_INVALID_PARAMETER;
    return question->in_size == sizeof(struct xeniface_end_1) ? end_holding(device, in->request, is_map, answer)
                                                              : ERROR_INVALID_PARAMETER;
}

static DWORD memory_2(struct device *device, const struct simulation_question *question,
                      struct simulation_answer *answer)
{
    const struct xeniface_permit_2 *in = (const void *)question->bytes;
    const struct xeniface_map_2 *wanted = (const void *)question->bytes;
    const struct xeniface_end_2 *end = (const void *)question->bytes;
    bool is_map = question->code == XENIFACE_MAP_2 || question->code == XENIFACE_UNMAP_2;

    if (version < 2)
        return ERROR_INVALID_FUNCTION; /* as any request that a driver does not know */
    if (question->code == XENIFACE_PERMIT_2) {
        struct xeniface_permit_1 same = {0, in->domain, in->pages, in->flags, in->notify_offset, in->notify_port};
        return question->in_size == sizeof(*in) && in->address == NULL ? permit(device, same, question, answer)
                                                                       : ERROR_INVALID_PARAMETER;
    }
    if (question->code == XENIFACE_MAP_2) {
        struct xeniface_map_1 same = {0, wanted->domain, wanted->pages, wanted->flags, wanted->notify_offset,
                                      wanted->notify_port};
        return question->in_size > sizeof(*wanted) && question->out_size == sizeof(struct xeniface_mapped)
                   ? map(device, same, wanted->references, question->in_size - sizeof(*wanted), answer)
                   : ERROR_INVALID_PARAMETER;
    }
    return question->in_size == sizeof(*end) ? end_holding(device, (uint64_t)(uintptr_t)end->address, is_map, answer)
                                             : ERROR_INVALID_PARAMETER;
}

/* ---- Programs ---- */

static DWORD answer_question(struct device *device, const struct simulation_question *question,
                             struct simulation_answer *answer)
{
    const char *text = (const char *)question->bytes;

    switch (question->code) {
    case 0: /* the address of the memory that was just given */
        if (device->newest != NULL && device->newest->number == 0)
            device->newest->number = *(const uint64_t *)(const void *)question->bytes;
        device->newest = NULL;
        return ERROR_SUCCESS;
    case XENIFACE_STORE_READ:
        return store_read(device, text, answer);
    case XENIFACE_STORE_WRITE:
        if (question->in_size != strlen(text) + strlen(text + strlen(text) + 1) + 3 || question->out_size != 0)
            return ERROR_INVALID_PARAMETER;
        return store_write(device, text, text + strlen(text) + 1);
    case XENIFACE_STORE_REMOVE:
        return store_remove(device, text);
    case XENIFACE_STORE_SET_PERMISSIONS:
        return store_permissions(device, question);
    case XENIFACE_EVTCHN_BIND_UNBOUND:
        return bind_unbound(device, question, answer);
    case XENIFACE_EVTCHN_BIND_INTERDOMAIN:
        return bind_interdomain(device, question, answer);
    case XENIFACE_EVTCHN_CLOSE:
    case XENIFACE_EVTCHN_NOTIFY:
    case XENIFACE_EVTCHN_UNMASK:
        return use_port(device, question);
    case XENIFACE_PERMIT_1:
    case XENIFACE_REVOKE_1:
    case XENIFACE_MAP_1:
    case XENIFACE_UNMAP_1:
        return memory_1(device, question, answer);
    case XENIFACE_PERMIT_2:
    case XENIFACE_REVOKE_2:
    case XENIFACE_MAP_2:
    case XENIFACE_UNMAP_2:
        return memory_2(device, question, answer);
    default:
        return ERROR_INVALID_FUNCTION;
    }
}

/* Mappings before the memory of others, and all memory before the ports that tell of its end. */
static void forget(struct device *device)
{
    for (size_t i = 0; i < sizeof(device->holdings) / sizeof(device->holdings[0]); i++)
        if (device->holdings[i].used)
            give_up(device, &device->holdings[i]);
    for (size_t i = 0; i < MOST; i++)
        if (ports[i].device == device)
            close_port(&ports[i]);
    if (device->process != NULL)
        CloseHandle(device->process);
    CloseHandle(device->pipe);
    free(device);
}

static DWORD WINAPI serve(void *context)
{
    struct device *device = context;
    struct simulation_question *question = malloc(sizeof(*question));
    struct simulation_answer *answer = malloc(sizeof(*answer));
    DWORD count;

    while (question != NULL && answer != NULL && ReadFile(device->pipe, question, sizeof(*question), &count, NULL) &&
           count == sizeof(*question)) {
        EnterCriticalSection(&lock);
        memset(answer, 0, sizeof(*answer));
        if (device->process == NULL)
            device->process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, question->process);
        device->domain = question->domain;
        answer->error = answer_question(device, question, answer);
        if (answer->error == ERROR_INVALID_PARAMETER)
            say("hypervisor: domain %lu: wrong request %lx\n", device->domain, question->code);
        LeaveCriticalSection(&lock);
        if (!WriteFile(device->pipe, answer, sizeof(*answer), &count, NULL))
            break;
    }
    free(question);
    free(answer);
    EnterCriticalSection(&lock);
    forget(device);
    LeaveCriticalSection(&lock);
    return 0;
}

int main(int argc, char **argv)
{
    bool first = true;

    version = argc == 2 ? atoi(argv[1]) : 2;
    InitializeCriticalSection(&lock);
    for (;;) {
        struct device *device = calloc(1, sizeof(*device));
        if (device == NULL)
            return 1;
        device->pipe = CreateNamedPipeW(SIMULATION_PIPE, PIPE_ACCESS_DUPLEX,
                                        PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES,
                                        65536, 65536, 0, NULL);
        if (device->pipe == INVALID_HANDLE_VALUE)
            return 1;
        if (first)
            puts("ready");
        fflush(stdout);
        first = false;
        if (!ConnectNamedPipe(device->pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED)
            return 1;
        HANDLE thread = CreateThread(NULL, 0, serve, device, 0, NULL);
        if (thread == NULL)
            return 1;
        CloseHandle(thread);
    }
}
