/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libxenlight has a program do for each volume: docs/misc/block-scripts.txt of Xen. */
#include "hotplug-linux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <xenstore.h>

static qubes_status fail(qubes_error *err, const char *about, const char *why)
{
    snprintf(err->text, sizeof err->text, "%.200s: %.200s", about, why);
    return err->status = QUBES_E_SYSTEM;
}

static bool put(struct xs_handle *store, const char *place, const char *key, const char *value)
{
    char path[256];
    int length = snprintf(path, sizeof path, "%s/%s", place, key);
    return length > 0 && (size_t)length < sizeof path &&
           xs_write(store, XBT_NULL, path, value, (unsigned)strlen(value));
}

static qubes_status add(struct xs_handle *store, const char *place, qubes_error *err)
{
    char path[256], numbers[32];
    struct stat about;
    unsigned size;
    int length = snprintf(path, sizeof path, "%s/params", place);
    char *device = length > 0 && (size_t)length < sizeof path ? xs_read(store, XBT_NULL, path, &size) : NULL;
    if (!device)
        return fail(err, place, "names no device");
    qubes_status status = QUBES_OK;
    if (stat(device, &about) != 0)
        status = fail(err, device, strerror(errno));
    else if (!S_ISBLK(about.st_mode))
        status = fail(err, device, "is no block device");
    snprintf(numbers, sizeof numbers, "%x:%x", major(about.st_rdev), minor(about.st_rdev));
    if (status == QUBES_OK && !(put(store, place, "physical-device-path", device) &&
                                put(store, place, "physical-device", numbers) &&
                                put(store, place, "hotplug-status", "connected")))
        status = fail(err, place, "XenStore does not take what belongs there");
    free(device);
    return status;
}

qubes_status hotplug(const char *verb, qubes_error *err)
{
    const char *place = getenv("XENBUS_PATH");
    if (!place)
        return fail(err, "XENBUS_PATH", "is not set: only libxenlight calls this");
    if (strcmp(verb, "remove") == 0)
        return QUBES_OK; /* volumes outlive their use by a domain, and are closed by the driver */
    struct xs_handle *store = xs_open(0);
    if (!store)
        return fail(err, "XenStore", strerror(errno));
    qubes_status status = add(store, place, err);
    xs_close(store);
    return status;
}
