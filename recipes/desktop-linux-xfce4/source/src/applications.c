/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The applications that a domain says it has. Pure; fuzzed. */
#include "applications.h"

#include <stdio.h>
#include <string.h>

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool take_id(const char *text, size_t length, char out[APPLICATION_ID_MOST + 1])
{
    if (length == 0 || length > APPLICATION_ID_MOST || !is_alphanumeric(text[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_alphanumeric(text[i]) && (text[i] == '\0' || strchr("._-", text[i]) == NULL))
            return false;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

static void take_name(const char *text, size_t length, char out[APPLICATION_NAME_MOST + 1])
{
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    if (length > APPLICATION_NAME_MOST)
        length = APPLICATION_NAME_MOST;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < length; i++)
        out[i] = text[i] >= ' ' && text[i] <= '~' && text[i] != '\\' ? text[i] : '_';
    out[length] = '\0';
}

static bool is_known(const struct applications *in, const char *id)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->items[i].id, id) == 0)
            return true;
    return false;
}

static void take_line(const char *line, size_t length, struct applications *out)
{
    struct application *next = &out->items[out->count];
    const char *bar = memchr(line, '|', length);

    if (bar == NULL || !take_id(line, (size_t)(bar - line), next->id) || is_known(out, next->id))
        return;
    take_name(bar + 1, length - (size_t)(bar + 1 - line), next->name);
    if (next->name[0] == '\0')
        take_name(next->id, strlen(next->id), next->name);
    out->count++;
}

void applications_parse(const char *bytes, size_t size, struct applications *out)
{
    out->count = 0;
    while (size > 0 && out->count < APPLICATIONS_MOST) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end != NULL ? (size_t)(end - bytes) : size;
        take_line(bytes, length, out);
        length += end != NULL ? 1 : 0;
        bytes += length;
        size -= length;
    }
}

_Static_assert(APPLICATIONS_MOST * (APPLICATION_ID_MOST + APPLICATION_NAME_MOST + 2) < APPLICATIONS_BYTES_MOST,
               "all applications fit");

size_t applications_write(const struct applications *in, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < in->count; i++) {
        int length = snprintf(out + used, size - used, "%s|%s\n", in->items[i].id, in->items[i].name);
        if (length < 0 || (size_t)length >= size - used)
            break;
        used += (size_t)length;
    }
    return used;
}
