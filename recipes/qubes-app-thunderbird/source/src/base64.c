/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of base64. Pure; fuzzed. */
#include "base64.h"

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(uint8_t *bytes, size_t size, size_t *decoded)
{
    size_t padding = 0, used = 0;

    *decoded = 0;
    if (size % 4 != 0)
        return false;
    while (padding < 2 && size > 0 && bytes[size - 1 - padding] == '=')
        padding++;
    for (size_t at = 0; at < size; at += 4) {
        size_t characters = at + 4 == size ? 4 - padding : 4;
        uint32_t group = 0;
        for (size_t i = 0; i < 4; i++) {
            int value = i < characters ? value_of(bytes[at + i]) : 0;
            if (value < 0)
                return false;
            group = group << 6 | (uint32_t)value;
        }
        /* What is written is behind what was read. */
        for (size_t i = 0; i + 1 < characters; i++)
            bytes[used++] = (uint8_t)(group >> (16 - 8 * i));
        if ((group & (0xffffffu >> 8 * (characters - 1))) != 0)
            return false; /* bits that belong to no byte */
    }
    *decoded = used;
    return true;
}
