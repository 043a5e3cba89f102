/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing XML. */
#include "xml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT (64 * 1024) /* a machine takes 3 KiB */

void xml_begin(xml *out)
{
    *out = (xml){.text = calloc(1, LIMIT), .room = LIMIT};
    out->failed = !out->text;
}

void xml_free(xml *out)
{
    free(out->text);
    out->text = NULL;
}

static void put(xml *out, const char *bytes, size_t count)
{
    if (out->failed)
        return;
    if (count >= out->room - out->length) {
        out->failed = true;
        return;
    }
    memcpy(out->text + out->length, bytes, count);
    out->length += count;
}

static void put_value(xml *out, const char *value)
{
    static const char special[] = "&<>'\"";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&apos;", "&quot;"};
    for (; *value; value++) {
        const char *at = strchr(special, *value);
        if ((unsigned char)*value < 0x20) /* not allowed in XML, not even escaped */
            out->failed = true;
        else if (at)
            put(out, escaped[at - special], strlen(escaped[at - special]));
        else
            put(out, value, 1);
    }
}

void xml_add(xml *out, const char *markup, ...)
{
    va_list values;
    va_start(values, markup);
    for (; *markup; markup++) {
        if (*markup != '%') {
            put(out, markup, 1);
            continue;
        }
        const char *value = va_arg(values, const char *);
        if (!value) {
            out->failed = true;
            break;
        }
        put_value(out, value);
    }
    va_end(values);
}
