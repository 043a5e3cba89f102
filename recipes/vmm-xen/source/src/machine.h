/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a planned machine with its volumes, and taking them away again, over the port of Xen. */
#ifndef MACHINE_H
#define MACHINE_H

#include "xen.h"

/* Everything up to a running machine; after a failure nothing runs and nothing is left but kept files. */
qubes_status machine_make(const xen *on, const plan *from, xen_instance *instance, qubes_error *err);

/* Takes away what a start made, as far as it is there; `directory` is the domain's. */
qubes_status machine_clean_up(const xen *on, const qubes_domain *domain, const char *directory, qubes_error *err);

#endif
