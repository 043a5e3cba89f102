/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON documents. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define LIMIT (4 * 1024 * 1024)

void json_begin(json_writer *out)
{
    memset(out, 0, sizeof *out);
    out->first = true;
    out->text = calloc(1, 1);
    out->failed = !out->text;
}

void json_free(json_writer *out)
{
    free(out->text);
    out->text = NULL;
}

static void put(json_writer *out, const char *bytes, size_t count)
{
    if (out->failed)
        return;
    if (out->length + count + 1 > out->room) {
        size_t room = (out->length + count + 1) * 2;
        char *text = room <= LIMIT ? realloc(out->text, room) : NULL;
        if (!text) {
            out->failed = true;
            out->length = 0;
            if (out->text)
                out->text[0] = '\0';
            return;
        }
        out->text = text;
        out->room = room;
    }
    memcpy(out->text + out->length, bytes, count);
    out->length += count;
    out->text[out->length] = '\0';
}

static void put_string(json_writer *out, const char *value)
{
    put(out, "\"", 1);
    for (; *value; value++) {
        char escaped[8];
        unsigned char c = (unsigned char)*value;
        if (c == '"' || c == '\\') {
            escaped[0] = '\\';
            escaped[1] = (char)c;
            put(out, escaped, 2);
        } else if (c < 0x20) {
            put(out, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", c));
        } else {
            put(out, value, 1);
        }
    }
    put(out, "\"", 1);
}

static void put_name(json_writer *out, const char *name)
{
    if (!out->first)
        put(out, ",", 1);
    out->first = false;
    if (name) {
        put_string(out, name);
        put(out, ":", 1);
    }
}

void json_open(json_writer *out, const char *name, char bracket)
{
    put_name(out, name);
    put(out, &bracket, 1);
    out->first = true;
}

void json_close(json_writer *out, char bracket)
{
    put(out, &bracket, 1);
    out->first = false;
}

void json_text(json_writer *out, const char *name, const char *value)
{
    put_name(out, name);
    put_string(out, value);
}

void json_number(json_writer *out, const char *name, uint64_t value)
{
    char digits[24];
    put_name(out, name);
    put(out, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value));
}

void json_flag(json_writer *out, const char *name, bool value)
{
    put_name(out, name);
    put(out, value ? "true" : "false", value ? 4 : 5);
}
