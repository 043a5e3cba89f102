/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and frames as bytes. Pure; fuzzed. */
#include "request.h"

#include <string.h>

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

bool request_write(uint8_t out[REQUEST_SIZE], size_t count, const char *const *arguments)
{
    size_t used = 1;

    memset(out, 0, REQUEST_SIZE);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(arguments[i]) + 1;
        if (length > REQUEST_COMMAND - used)
            return false;
        memcpy(out + 4 + used, arguments[i], length);
        used += length;
    }
    put_u32(out, (uint32_t)(used - 1));
    return true;
}

bool request_read(const uint8_t request[REQUEST_SIZE], size_t *count, const char *arguments[REQUEST_COMMAND])
{
    const char *command = (const char *)request + 4;
    uint32_t last = get_u32(request);

    *count = 0;
    if (last >= REQUEST_COMMAND || command[0] != '\0' || command[last] != '\0')
        return false;
    for (uint32_t at = 0; at < last; at++)
        if (command[at] == '\0')
            arguments[(*count)++] = command + at + 1;
    return true;
}

void frame_write(uint8_t out[FRAME_HEADER], int32_t index, uint32_t length)
{
    put_u32(out, (uint32_t)index);
    put_u32(out + 4, length);
}

void frame_read(const uint8_t in[FRAME_HEADER], int32_t *index, uint32_t *length)
{
    *index = (int32_t)get_u32(in);
    *length = get_u32(in + 4);
}
