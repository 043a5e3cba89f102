/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Domains on disk, below the data directory:
 *   domains/NAME/domain.conf   one domain; its disks are beside it
 *   domains/.last-id           the newest id, so that a removed domain's is not given out again
 *   domains/.new-NAME          a domain that is being created; ignored, replaced by the next create
 *   domains/.removed-NAME      a domain that is being removed; likewise
 *   run/NAME.state             the recorded state; absent: halted
 *   run/NAME.lock              held while the domain is started, stopped or removed
 *   lock                       held while any domain.conf changes
 */
#ifndef STORE_H
#define STORE_H

#include "conf.h"
#include "os.h"
#include "qubes-admin/domain.h"

/* The lock of all domain files; waits for it. */
qubes_status store_lock(const qubes_paths *paths, os_lock *out, qubes_error *err);
/* The lock of one domain's life. */
qubes_status store_lock_domain(const qubes_paths *paths, const char *name, bool wait, os_lock *out,
                               qubes_error *err);

/* Reads one stored domain, and its lines when `lines` is not NULL (then freed by the caller). */
qubes_status store_read(const qubes_paths *paths, const char *name, qubes_domain *out, conf *lines,
                        qubes_error *err);
/* Writes a domain's file over `lines`. The caller holds the lock. */
qubes_status store_write(const qubes_paths *paths, const qubes_domain *domain, conf *lines, qubes_error *err);

/* An id that no stored domain has and that was not the newest before. The caller holds the lock. */
qubes_status store_next_id(const qubes_paths *paths, const qubes_domain_list *domains, uint32_t *out,
                           qubes_error *err);
/* Adds a domain that does not exist, all at once. The caller holds the lock. */
qubes_status store_add(const qubes_paths *paths, const qubes_domain *domain, qubes_error *err);
/* Takes a domain away, all at once. The caller holds both locks. */
qubes_status store_delete(const qubes_paths *paths, const char *name, qubes_error *err);

/* The recorded state. The writer holds the domain's lock. */
qubes_status store_read_state(const qubes_paths *paths, const char *name, qubes_state *out, qubes_error *err);
qubes_status store_write_state(const qubes_paths *paths, const char *name, qubes_state state, qubes_error *err);

#endif
