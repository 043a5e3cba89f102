/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libxenlight has a program do for each volume that it gives to a domain. */
#ifndef HOTPLUG_LINUX_H
#define HOTPLUG_LINUX_H

#include "qubes-admin.h"

/*
 * Called as /etc/xen/scripts/block would be, `verb` being "add" or "remove" and $XENBUS_PATH the volume's place in
 * XenStore: tells Linux's backend the numbers of the block device. Those scripts take seconds for each volume where
 * processes start slowly, and look for other users of a file, which here device-mapper keeps away.
 */
qubes_status hotplug(const char *verb, qubes_error *err);

#endif
