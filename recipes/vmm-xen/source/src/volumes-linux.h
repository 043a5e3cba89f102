/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as block devices of the admin domain: loop devices below device-mapper. The port's functions of that name. */
#ifndef VOLUMES_LINUX_H
#define VOLUMES_LINUX_H

#include "xen.h"

bool volumes_exists(void *context, const char *path);
qubes_status volumes_read_text(void *context, const char *path, char *out, size_t size, qubes_error *err);
qubes_status volumes_copy_file(void *context, const char *from, const char *to, qubes_error *err);
qubes_status volumes_new_file(void *context, const char *path, uint64_t bytes, qubes_error *err);
qubes_status volumes_remove_file(void *context, const char *path, qubes_error *err);
qubes_status volumes_open(void *context, const char *name, const char *file, const char *base, bool writable,
                          char device[XEN_DEVICE_SIZE], qubes_error *err);
qubes_status volumes_close(void *context, const char *name, qubes_error *err);
qubes_status volumes_lock(void *context, const char *directory, int *lock, qubes_error *err);
void volumes_unlock(void *context, int lock);

#endif
