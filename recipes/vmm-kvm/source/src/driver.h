/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's verbs, over a host. */
#ifndef DRIVER_H
#define DRIVER_H

#include "host.h"
#include "settings.h"

qubes_status driver_start(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                          qubes_error *err);
qubes_status driver_stop(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                         qubes_error *err);

/* Calls `visit` with the name of each domain that runs. */
typedef void driver_visit(void *context, const char *name);
qubes_status driver_list(const host *on, const settings *how, const qubes_paths *paths, driver_visit *visit,
                         void *context, qubes_error *err);

/* The machine's XML for the person to read; works without libvirt. Freed with free. */
qubes_status driver_document(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                             char **document, qubes_error *err);

#endif
