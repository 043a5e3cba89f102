/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an array of objects: two members of each, everything else skipped. */
#include <string.h>

#include "json.h"

#define DEPTH_MAX 64
#define VALUE_MAX 128

typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_space(cursor *from)
{
    while (from->at < from->end && (*from->at == ' ' || *from->at == '\t' || *from->at == '\n' || *from->at == '\r'))
        from->at++;
}

static bool take(cursor *from, char expected)
{
    skip_space(from);
    if (from->at == from->end || *from->at != expected)
        return false;
    from->at++;
    return true;
}

/* A string; one with escapes or too long is read but handed over as "" (ids and states have none). */
static bool take_string(cursor *from, char out[VALUE_MAX])
{
    if (!take(from, '"'))
        return false;
    const char *begin = from->at;
    bool plain = true;
    while (from->at < from->end && *from->at != '"') {
        if ((unsigned char)*from->at < 0x20)
            return false;
        if (*from->at == '\\') {
            plain = false;
            if (++from->at == from->end)
                return false;
        }
        from->at++;
    }
    if (from->at == from->end)
        return false;
    size_t length = (size_t)(from->at++ - begin);
    if (!plain || length >= VALUE_MAX || memchr(begin, '\0', length))
        length = 0;
    memcpy(out, begin, length);
    out[length] = '\0';
    return true;
}

static bool take_word(cursor *from)
{
    skip_space(from);
    const char *begin = from->at;
    while (from->at < from->end && (strchr("+-.", *from->at) ? *from->at != '\0'
                                                            : (*from->at >= '0' && *from->at <= '9') ||
                                                                  (*from->at >= 'a' && *from->at <= 'z') || *from->at == 'E'))
        from->at++;
    return from->at > begin;
}

/* Any value; nesting is counted, not recursed into. */
static bool skip_value(cursor *from)
{
    char open[DEPTH_MAX], scratch[VALUE_MAX];
    size_t depth = 0;
    do {
        skip_space(from);
        if (from->at == from->end)
            return false;
        char c = *from->at;
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MAX)
                return false;
            open[depth++] = c == '{' ? '}' : ']';
            from->at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0 || open[depth - 1] != c)
                return false;
            depth--;
            from->at++;
        } else if (depth > 0 && (c == ',' || c == ':')) {
            from->at++;
        } else if (c == '"' ? !take_string(from, scratch) : !take_word(from)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

static bool take_member(cursor *from, const char *first, char first_value[VALUE_MAX], const char *second,
                        char second_value[VALUE_MAX])
{
    char name[VALUE_MAX];
    if (!take_string(from, name) || !take(from, ':'))
        return false;
    skip_space(from);
    char *into = strcmp(name, first) == 0 ? first_value : strcmp(name, second) == 0 ? second_value : NULL;
    if (into && from->at < from->end && *from->at == '"')
        return take_string(from, into);
    return skip_value(from);
}

static bool take_object(cursor *from, const char *first, char first_value[VALUE_MAX], const char *second,
                        char second_value[VALUE_MAX])
{
    first_value[0] = second_value[0] = '\0';
    if (!take(from, '{'))
        return false;
    if (take(from, '}'))
        return true;
    do {
        if (!take_member(from, first, first_value, second, second_value))
            return false;
    } while (take(from, ','));
    return take(from, '}');
}

bool json_read_pairs(const char *text, size_t length, const char *first, const char *second, json_visit *visit,
                     void *context)
{
    cursor from = {text, text + length};
    char first_value[VALUE_MAX], second_value[VALUE_MAX];
    if (!take(&from, '['))
        return false;
    if (!take(&from, ']')) {
        do {
            if (!take_object(&from, first, first_value, second, second_value))
                return false;
            visit(context, first_value, second_value);
        } while (take(&from, ','));
        if (!take(&from, ']'))
            return false;
    }
    skip_space(&from);
    return from.at == from.end;
}
