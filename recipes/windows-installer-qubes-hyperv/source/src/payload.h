/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are delivered beside the installer because they are too large to be inside. */
#ifndef SETUP_PAYLOAD_H
#define SETUP_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct payload {
    const char *file;   /* beside the installer */
    const char *sha256; /* 64 lower-case hexadecimal digits */
    uint64_t size;
    bool optional; /* may be absent, but not damaged */
} payload;

bool payload_sha256_is_sound(const char *hex);

/* True when the file is exactly the promised one, or when it is optional and absent. */
bool payload_check(const payload *what);

/*
 * Copies it to `to`, checking what is copied and not only what was there before; `append` adds a
 * further part to a file begun by the first. A target that would be wrong is removed.
 */
bool payload_place(const payload *what, const char *to, bool append);

#endif
