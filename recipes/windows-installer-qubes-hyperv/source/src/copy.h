/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying one file to a path where nothing is. */
#ifndef SETUP_COPY_H
#define SETUP_COPY_H

#include <stdint.h>

typedef enum copied { COPIED, UNREADABLE, UNWRITABLE } copied;

/* A partial copy is never left under the target's name. `bytes` is the size of what was copied. */
copied copy_file(const char *from, const char *to, uint64_t *bytes);

#endif
