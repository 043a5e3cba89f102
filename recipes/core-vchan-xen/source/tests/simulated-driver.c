/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for driver-windows.c: requests go to tests/hypervisor.c. This side does what the driver does in the
 * caller's own process: it puts shared memory into its address space, and ends pending requests.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulation.h"

#define HELD_MOST 64
#define OPEN_MS 20000

/* Memory whose request is pending. */
static struct held {
    void *address;
    uint64_t number; /* the request's, or the address */
    HANDLE event;
} held[HELD_MOST];
static CRITICAL_SECTION lock;
static LONG ready;

static DWORD open_device(HANDLE *device)
{
    if (InterlockedCompareExchange(&ready, 1, 0) == 0)
        InitializeCriticalSection(&lock);
    /* Between two programs that come at once, the hypervisor has no free end of its pipe for a moment. */
    for (ULONGLONG end = GetTickCount64() + OPEN_MS; GetTickCount64() < end; Sleep(5)) {
        *device = CreateFileW(SIMULATION_PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (*device != INVALID_HANDLE_VALUE)
            return ERROR_SUCCESS;
    }
    return ERROR_FILE_NOT_FOUND;
}

static void close_device(HANDLE device)
{
    CloseHandle(device);
}

static DWORD own_domain(void)
{
    const char *text = getenv("VCHAN_DOMAIN");

    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

/* Asks the hypervisor, all of it under one lock: threads share a device. */
static void ask(HANDLE device, const struct xeniface_request *request, struct simulation_answer *answer)
{
    static struct simulation_question question;
    DWORD count;

    EnterCriticalSection(&lock);
    memset(&question, 0, sizeof(question));
    question.process = GetCurrentProcessId();
    question.domain = own_domain();
    question.code = request->code;
    question.in_size = request->in_size;
    question.out_size = request->out_size;
    if (request->in_size > SIMULATION_BYTES / 2)
        abort();
    memcpy(question.bytes, request->in, request->in_size);
    if (request->code == XENIFACE_STORE_SET_PERMISSIONS) {
        const struct xeniface_set_permissions *in = request->in;
        memcpy(question.bytes + request->in_size, in->path, in->path_size);
    }
    if (!WriteFile(device, &question, sizeof(question), &count, NULL) ||
        !ReadFile(device, answer, sizeof(*answer), &count, NULL) || count != sizeof(*answer))
        abort();
    LeaveCriticalSection(&lock);
}

/* What is named by a number or by an address has ended. */
static void end_pending(uint64_t number)
{
    for (size_t i = 0; i < HELD_MOST; i++) {
        if (held[i].address == NULL || held[i].number != number)
            continue;
        UnmapViewOfFile(held[i].address);
        SetEvent(held[i].event);
        held[i].address = NULL;
    }
}

static DWORD call(HANDLE device, const struct xeniface_request *request)
{
    struct simulation_answer *answer = malloc(sizeof(*answer));

    if (answer == NULL)
        abort();
    ask(device, request, answer);
    DWORD error = answer->error;
    if (error == ERROR_SUCCESS && request->out_size > 0)
        memcpy(request->out, answer->bytes, request->out_size);
    if (error == ERROR_SUCCESS && answer->pending != 0)
        end_pending(answer->pending);
    free(answer);
    return error;
}

static uint64_t number_of(const struct xeniface_request *request, void *address)
{
    if (request->code == XENIFACE_PERMIT_1 || request->code == XENIFACE_MAP_1)
        return *(const uint32_t *)request->in;
    return (uint64_t)(uintptr_t)address;
}

/* The address is this process's, so the hypervisor is told of it: by one more question of the simulation's own. */
static void tell_address(HANDLE device, void *address)
{
    uint64_t bytes = (uint64_t)(uintptr_t)address;
    struct xeniface_request request = {0, &bytes, sizeof(bytes), NULL, 0};

    call(device, &request);
}

static DWORD begin(HANDLE device, const struct xeniface_request *request, OVERLAPPED *pending)
{
    struct simulation_answer *answer = malloc(sizeof(*answer));
    size_t free_slot = 0;

    if (answer == NULL)
        abort();
    ask(device, request, answer);
    DWORD error = answer->error;
    if (error != ERROR_SUCCESS) {
        free(answer);
        return error;
    }
    void *address = MapViewOfFile((HANDLE)(uintptr_t)answer->section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CloseHandle((HANDLE)(uintptr_t)answer->section);
    while (free_slot < HELD_MOST && held[free_slot].address != NULL)
        free_slot++;
    if (address == NULL || free_slot == HELD_MOST)
        abort();
    held[free_slot] = (struct held){address, number_of(request, address), pending->hEvent};
    memcpy(request->out, answer->bytes, request->out_size);
    memcpy(request->out, &address, sizeof(address));
    tell_address(device, address);
    free(answer);
    return ERROR_IO_PENDING;
}

const struct xeniface xeniface = {open_device, close_device, call, begin};
