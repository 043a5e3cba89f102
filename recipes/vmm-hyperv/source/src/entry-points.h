/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: the functions of Hyper-V's libraries, found at run time so that we start without them. */
#ifndef ENTRY_POINTS_H
#define ENTRY_POINTS_H

#include <windows.h>

#include <stdbool.h>

#include <computecore.h>
#include <computenetwork.h>
#include <virtdisk.h>

typedef struct entry_points {
    __typeof__(&HcsEnumerateComputeSystems) enumerate;
    __typeof__(&HcsCreateOperation) create_operation;
    __typeof__(&HcsCloseOperation) close_operation;
    __typeof__(&HcsWaitForOperationResult) wait_operation;
    __typeof__(&HcsCreateComputeSystem) create_system;
    __typeof__(&HcsOpenComputeSystem) open_system;
    __typeof__(&HcsCloseComputeSystem) close_system;
    __typeof__(&HcsStartComputeSystem) start_system;
    __typeof__(&HcsShutDownComputeSystem) shut_down_system;
    __typeof__(&HcsTerminateComputeSystem) terminate_system;
    __typeof__(&HcsModifyComputeSystem) modify_system;
    __typeof__(&HcsWaitForComputeSystemExit) wait_exit;
    __typeof__(&HcsGrantVmAccess) grant_access;
    __typeof__(&HcnCreateNetwork) create_network;
    __typeof__(&HcnOpenNetwork) open_network;
    __typeof__(&HcnCloseNetwork) close_network;
    __typeof__(&HcnDeleteNetwork) delete_network;
    __typeof__(&HcnCreateEndpoint) create_endpoint;
    __typeof__(&HcnCloseEndpoint) close_endpoint;
    __typeof__(&HcnDeleteEndpoint) delete_endpoint;
    __typeof__(&CreateVirtualDisk) create_disk;
} entry_points;

/* All of them, or NULL with the name of the first that is missing ("computecore.dll" or a function). */
const entry_points *entry_points_load(const char **missing);

#endif
