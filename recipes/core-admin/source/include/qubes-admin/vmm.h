/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Starting and stopping domains through the VMM's driver: a program named by a text file
 * (qubes_paths.driver), called with an argument array:
 *   start NAME   returns when the domain's machine runs; success when it already did
 *   stop NAME    returns when it is off; success when it already was
 *   list         prints one line "NAME" for each domain that runs
 * Exit code 0 is success; otherwise the last line on its standard error is shown to the person.
 */
#ifndef QUBES_ADMIN_VMM_H
#define QUBES_ADMIN_VMM_H

#include "domain.h"
#include "error.h"
#include "paths.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the domain and before it the netvms that it needs. Success when it already runs. */
qubes_status qubes_vmm_start(const qubes_paths *paths, const char *name, qubes_error *err);

/*
 * Stops the domain; QUBES_E_IN_USE while a running domain has it as netvm. Success when halted. When it was the last
 * that ran of its template, images that the template had before are removed.
 */
qubes_status qubes_vmm_stop(const qubes_paths *paths, const char *name, qubes_error *err);

/*
 * Asks the driver what runs and corrects the recorded states: call it when a service starts and
 * wherever stale states would matter. Removes disposables that no longer run. Machines outside
 * Qubes that the driver names are ignored.
 */
qubes_status qubes_vmm_refresh(const qubes_paths *paths, qubes_error *err);

#ifdef __cplusplus
}
#endif
#endif
