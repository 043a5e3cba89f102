/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversion of line ends. */
#include "lines.h"

size_t lines_to_wire(char *out, const char *text, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n')
            out[length++] = text[i];
    }
    return length;
}

size_t lines_from_wire(char *out, const char *text, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            out[length++] = '\r';
        out[length++] = text[i];
    }
    return length;
}
