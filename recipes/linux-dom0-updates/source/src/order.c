/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apt's orders. */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 8192

static bool copy(char *out, size_t size, const char *value)
{
    size_t length = strlen(value);
    if (length >= size)
        return false;
    memcpy(out, value, length + 1);
    return true;
}

static bool take_field(const char *line, order *out)
{
    const char *colon = strchr(line, ':');
    if (!colon)
        return false;
    size_t length = (size_t)(colon - line);
    const char *value = colon + 1 + strspn(colon + 1, " ");
    if (length == 3 && memcmp(line, "URI", 3) == 0)
        return copy(out->uri, sizeof out->uri, value);
    if (length == 8 && memcmp(line, "Filename", 8) == 0)
        return copy(out->path, sizeof out->path, value);
    if ((length == 12 && memcmp(line, "Maximum-Size", 12) == 0))
        out->most = strtoull(value, NULL, 10);
    return true;
}

order_result order_take(FILE *from, order *out)
{
    char line[LINE_MAX_BYTES];
    memset(out, 0, sizeof *out);
    while (fgets(line, sizeof line, from)) {
        size_t length = strlen(line);
        if (length == 0 || line[length - 1] != '\n') {
            if (out->code == 600)
                return ORDER_BROKEN;
            continue; /* a long line of configuration */
        }
        line[length - 1] = '\0';
        if (length == 1 && out->code)
            return ORDER_TAKEN;
        if (length == 1)
            continue;
        if (!out->code)
            out->code = (unsigned)strtoul(line, NULL, 10);
        else if (out->code == 600 && !take_field(line, out))
            return ORDER_BROKEN;
        if (!out->code)
            return ORDER_BROKEN;
    }
    return ORDER_END;
}

const char *order_address(const char *uri)
{
    static const char prefix[] = "qubes+";
    const char *address = uri + sizeof prefix - 1;
    if (strncmp(uri, prefix, sizeof prefix - 1) != 0 ||
        (strncmp(address, "https://", 8) != 0 && strncmp(address, "http://", 7) != 0))
        return NULL;
    for (const char *c = address; *c; c++) /* one line of printable ASCII */
        if (*c <= 0x20 || *c >= 0x7f)
            return NULL;
    return address;
}
