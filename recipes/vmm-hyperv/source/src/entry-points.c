/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: the functions of Hyper-V's libraries, found at run time so that we start without them. */
#include "entry-points.h"

#include <stddef.h>

typedef struct wanted {
    const char *name;
    size_t offset;
} wanted;

#define WANT(function, member) {#function, offsetof(entry_points, member)}

static const wanted core[] = {
    WANT(HcsEnumerateComputeSystems, enumerate),      WANT(HcsCreateOperation, create_operation),
    WANT(HcsCloseOperation, close_operation),         WANT(HcsWaitForOperationResult, wait_operation),
    WANT(HcsCreateComputeSystem, create_system),      WANT(HcsOpenComputeSystem, open_system),
    WANT(HcsCloseComputeSystem, close_system),        WANT(HcsStartComputeSystem, start_system),
    WANT(HcsShutDownComputeSystem, shut_down_system), WANT(HcsTerminateComputeSystem, terminate_system),
    WANT(HcsModifyComputeSystem, modify_system),      WANT(HcsWaitForComputeSystemExit, wait_exit),
    WANT(HcsGrantVmAccess, grant_access),             {NULL, 0},
};

static const wanted network[] = {
    WANT(HcnCreateNetwork, create_network), WANT(HcnOpenNetwork, open_network),
    WANT(HcnCloseNetwork, close_network),   WANT(HcnDeleteNetwork, delete_network),
    WANT(HcnCreateEndpoint, create_endpoint), WANT(HcnCloseEndpoint, close_endpoint),
    WANT(HcnDeleteEndpoint, delete_endpoint), {NULL, 0},
};

static const wanted disk[] = {WANT(CreateVirtualDisk, create_disk), {NULL, 0}};

static const struct {
    const wchar_t *file;
    const char *name;
    const wanted *functions;
} libraries[] = {
    {L"computecore.dll", "computecore.dll", core},
    {L"computenetwork.dll", "computenetwork.dll", network},
    {L"virtdisk.dll", "virtdisk.dll", disk},
};

static bool load_library(const wchar_t *file, const wanted *functions, entry_points *into, const char **missing)
{
    /* Only System32: a library beside our program or in the current directory is not Microsoft's. */
    HMODULE module = LoadLibraryExW(file, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!module)
        return false;
    for (; functions->name; functions++) {
        FARPROC found = GetProcAddress(module, functions->name);
        if (!found) {
            *missing = functions->name;
            return false;
        }
        memcpy((char *)into + functions->offset, &found, sizeof found);
    }
    return true;
}

const entry_points *entry_points_load(const char **missing)
{
    static entry_points points;
    static bool loaded;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries && !loaded; i++) {
        *missing = libraries[i].name;
        if (!load_library(libraries[i].file, libraries[i].functions, &points, missing))
            return NULL;
    }
    loaded = true;
    return &points;
}
