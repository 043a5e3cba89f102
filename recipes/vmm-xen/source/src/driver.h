/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's verbs, over the port of Xen. */
#ifndef DRIVER_H
#define DRIVER_H

#include "xen.h"

qubes_status driver_start(const xen *on, const qubes_paths *paths, const char *name, qubes_error *err);
qubes_status driver_stop(const xen *on, const qubes_paths *paths, const char *name, qubes_error *err);
/* Calls `visit` with the name of each domain that runs. */
typedef void driver_visit(void *context, const char *name);
qubes_status driver_list(const xen *on, const qubes_paths *paths, driver_visit *visit, void *context, qubes_error *err);
/* Waits until this instance of a domain has ended, and takes away what is left of it. */
qubes_status driver_watch(const xen *on, const qubes_paths *paths, const char *name, const xen_instance *instance,
                          qubes_error *err);
/* The plan of a domain as a start would carry it out; needs no Xen. */
qubes_status driver_plan(const xen *on, const qubes_paths *paths, const char *name, plan *out, qubes_error *err);

#endif
