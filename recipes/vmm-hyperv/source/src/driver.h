/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's verbs, over the port of Hyper-V. */
#ifndef DRIVER_H
#define DRIVER_H

#include "hyperv.h"

qubes_status driver_start(const hyperv *on, const qubes_paths *paths, const char *name, qubes_error *err);
qubes_status driver_stop(const hyperv *on, const qubes_paths *paths, const char *name, qubes_error *err);
/* Calls `visit` with the name of each domain that runs. */
typedef void driver_visit(void *context, const char *name);
qubes_status driver_list(const hyperv *on, const qubes_paths *paths, driver_visit *visit, void *context,
                         qubes_error *err);
/* The machine's document for the person to read; works without Hyper-V. Freed with free. */
qubes_status driver_document(const hyperv *on, const qubes_paths *paths, const char *name, char **document,
                             qubes_error *err);
/* Registers the socket services of Qubes with the host, or removes them. */
qubes_status driver_register(const hyperv *on, bool add, qubes_error *err);

/* The program with UTF-8 arguments. */
int driver_main(int argc, char **argv);

#endif
