/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a planned machine with its disks and network, and taking them away again, over the port of Hyper-V. */
#ifndef MACHINE_H
#define MACHINE_H

#include "hyperv.h"
#include "json.h"
#include "plan.h"

/* Everything up to a running machine; after a failure the caller terminates it and cleans up. */
qubes_status machine_make(const hyperv *on, const plan *from, qubes_error *err);

/* Takes away what a start made, as far as it is there: after a stop, a crash and a failed start. */
void machine_clean_up(const hyperv *on, const plan *from);

/* Visits all our machines with their "Id" and one other property. */
qubes_status machine_each(const hyperv *on, const char *property, json_visit *visit, void *context, qubes_error *err);

qubes_status machine_no_memory(qubes_error *err);

#endif
