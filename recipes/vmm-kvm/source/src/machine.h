/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of virsh and qemu-img, each as one function. */
#ifndef MACHINE_H
#define MACHINE_H

#include "host.h"
#include "plan.h"
#include "settings.h"

/* QUBES_OK when libvirt answers, else KVM_ABSENT. */
qubes_status machine_check(const host *on, const settings *how, qubes_error *err);

/* Calls `visit` with the id of each domain whose machine runs, or is paused. */
typedef void machine_visit(void *context, uint32_t domain);
qubes_status machine_each(const host *on, const settings *how, machine_visit *visit, void *context,
                          qubes_error *err);

/* Everything up to a running machine. */
qubes_status machine_make(const host *on, const settings *how, const plan *from, qubes_error *err);

/* Asks the guest to end. */
qubes_status machine_shutdown(const host *on, const settings *how, uint32_t domain, qubes_error *err);
/* Ends it. */
qubes_status machine_destroy(const host *on, const settings *how, uint32_t domain, qubes_error *err);

/* Takes away what is made for one run: after a stop, a crash and a failed start. */
void machine_clean_up(const host *on, const settings *how, const plan *from);

#endif
