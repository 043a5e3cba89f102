/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Filling in a qubes_error, and joining text without overrun. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "os.h"

static void one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
}

qubes_status qubes_fail(qubes_error *err, qubes_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        if (vsnprintf(err->text, sizeof err->text, format, args) < 0)
            err->text[0] = '\0';
        va_end(args);
        one_line(err->text);
        err->status = status;
    }
    return status;
}

qubes_status qubes_fail_memory(qubes_error *err)
{
    return qubes_fail(err, QUBES_E_SYSTEM, "out of memory");
}

bool qubes_print(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, size, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < size)
        return true;
    out[0] = '\0';
    return false;
}

bool qubes_copy(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size) {
        out[0] = '\0';
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

qubes_status qubes_join(char *out, size_t size, const char *directory, const char *name, qubes_error *err)
{
    if (!qubes_print(out, size, "%s%c%s", directory, OS_SEPARATOR, name))
        return qubes_fail(err, QUBES_E_SYSTEM, "path too long: %s in %s", name, directory);
    return QUBES_OK;
}
