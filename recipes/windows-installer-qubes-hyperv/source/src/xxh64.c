/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XXH64, as its specification (version 0.1.1) describes it. */
#include "xxh64.h"

#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9,
                      P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

static uint64_t turn(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t little(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return turn(lane + input * P2, 31) * P1;
}

static void stripe(xxh64 *hash, const uint8_t *at)
{
    for (unsigned i = 0; i < 4; i++)
        hash->lanes[i] = mix(hash->lanes[i], little(at + 8 * i, 8));
}

void xxh64_begin(xxh64 *hash)
{
    *hash = (xxh64){{P1 + P2, P2, 0, 0 - P1}, 0, {0}};
}

void xxh64_add(xxh64 *hash, const uint8_t *data, size_t size)
{
    size_t kept = hash->total % 32;
    hash->total += size;
    if (kept + size < 32) {
        memcpy(hash->rest + kept, data, size);
        return;
    }
    if (kept > 0) {
        memcpy(hash->rest + kept, data, 32 - kept);
        stripe(hash, hash->rest);
        data += 32 - kept;
        size -= 32 - kept;
    }
    for (; size >= 32; data += 32, size -= 32)
        stripe(hash, data);
    memcpy(hash->rest, data, size);
}

uint64_t xxh64_end(const xxh64 *hash)
{
    const uint64_t *lanes = hash->lanes;
    uint64_t value = P5;
    if (hash->total >= 32) {
        value = turn(lanes[0], 1) + turn(lanes[1], 7) + turn(lanes[2], 12) + turn(lanes[3], 18);
        for (unsigned i = 0; i < 4; i++)
            value = (value ^ mix(0, lanes[i])) * P1 + P4;
    }
    value += hash->total;
    const uint8_t *at = hash->rest, *end = at + hash->total % 32;
    for (; end - at >= 8; at += 8)
        value = turn(value ^ mix(0, little(at, 8)), 27) * P1 + P4;
    if (end - at >= 4) {
        value = turn(value ^ little(at, 4) * P1, 23) * P2 + P3;
        at += 4;
    }
    for (; at < end; at++)
        value = turn(value ^ *at * P5, 11) * P1;
    value = (value ^ value >> 33) * P2;
    value = (value ^ value >> 29) * P3;
    return value ^ value >> 32;
}
