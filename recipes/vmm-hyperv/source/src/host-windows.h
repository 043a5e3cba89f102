/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: files, disks, networks and the registry of the host, and how failures are said. */
#ifndef HOST_WINDOWS_H
#define HOST_WINDOWS_H

#include <windows.h>

#include "hyperv.h"

/* A failed call of Hyper-V as a status: absent, denied or failed. `detail` may be NULL. */
qubes_status host_fail(qubes_error *err, HRESULT code, const char *doing, const wchar_t *detail);
qubes_status host_fail_text(qubes_error *err, const char *text);
/* Freed by the caller; NULL with err filled in. */
wchar_t *host_widen(const char *text, qubes_error *err);

/* See hyperv.h. */
unsigned host_build(void *context);
bool host_exists(void *context, const char *path);
qubes_status host_remove_file(void *context, const char *path, qubes_error *err);
qubes_status host_create_disk(void *context, const char *path, const char *parent, uint64_t bytes, qubes_error *err);
qubes_status host_create_network(void *context, const char *id, const char *document, qubes_error *err);
qubes_status host_create_endpoint(void *context, const char *network, const char *id, const char *document,
                                  qubes_error *err);
qubes_status host_delete_network(void *context, const char *id, qubes_error *err);
qubes_status host_delete_endpoint(void *context, const char *id, qubes_error *err);
qubes_status host_register_service(void *context, const char *id, const char *name, qubes_error *err);
qubes_status host_unregister_services(void *context, const char *prefix, qubes_error *err);

#endif
