/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* SHA-256 (FIPS 180-4), so that no library of the system is needed. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
} sha256;

void sha256_init(sha256 *context);
void sha256_add(sha256 *context, const void *data, size_t size);
/* 64 lower-case hexadecimal digits and a terminator. */
void sha256_finish(sha256 *context, char out[65]);

#endif
