/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of products. */
#include "version.h"

#include <stdlib.h>
#include <string.h>

/* Reads one number and moves past it and its dot; -1 when it is not sound. */
static long number(const char **at)
{
    size_t length = strspn(*at, "0123456789");
    if (length == 0 || length > 5 || (length > 1 && **at == '0'))
        return -1;
    long value = strtol(*at, NULL, 10);
    *at += length;
    if (**at == '.' && (*at)[1] != '\0')
        (*at)++;
    return value > 65535 ? -1 : value;
}

bool version_is_sound(const char *version)
{
    int count = 0;
    while (*version != '\0' && count < 4) {
        if (number(&version) < 0)
            return false;
        count++;
    }
    return count > 0 && *version == '\0';
}

int version_compare(const char *a, const char *b)
{
    for (int i = 0; i < 4; i++) {
        long left = *a == '\0' ? 0 : number(&a);
        long right = *b == '\0' ? 0 : number(&b);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}
