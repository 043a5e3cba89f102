/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XXH64 with seed 0, the checksum of Zstandard frames. */
#ifndef SETUP_XXH64_H
#define SETUP_XXH64_H

#include <stddef.h>
#include <stdint.h>

typedef struct xxh64 {
    uint64_t lanes[4], total;
    uint8_t rest[32];
} xxh64;

void xxh64_begin(xxh64 *hash);
void xxh64_add(xxh64 *hash, const uint8_t *data, size_t size);
uint64_t xxh64_end(const xxh64 *hash);

#endif
