/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the extension's messages: one flat object of strings (RFC 8259), no recursion, everything within its bytes. */
#include "message.h"

#include <string.h>

#include "base64.h"

struct cursor {
    uint8_t *at, *end;
};

/* A string's bytes as they are between its quotes. */
struct string {
    uint8_t *bytes;
    size_t size;
};

static bool fail(const char **problem, const char *what)
{
    *problem = what;
    return false;
}

static void skip_space(struct cursor *from)
{
    while (from->at < from->end && (*from->at == ' ' || *from->at == '\t' || *from->at == '\n' || *from->at == '\r'))
        from->at++;
}

static bool take(struct cursor *from, uint8_t byte)
{
    skip_space(from);
    if (from->at == from->end || *from->at != byte)
        return false;
    from->at++;
    return true;
}

static bool take_string(struct cursor *from, struct string *out)
{
    if (!take(from, '"'))
        return false;
    out->bytes = from->at;
    for (; from->at < from->end && *from->at != '"'; from->at++) {
        if (*from->at < 0x20)
            return false;
        if (*from->at == '\\' && ++from->at == from->end)
            return false;
    }
    if (from->at == from->end)
        return false;
    out->size = (size_t)(from->at++ - out->bytes);
    return true;
}

static bool is(const struct string *string, const char *text)
{
    return string->size == strlen(text) && memcmp(string->bytes, text, string->size) == 0;
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits after "\u"; -1 when they are none. */
static int32_t take_unit(const struct string *from, size_t *at)
{
    int32_t unit = 0;

    if (from->size - *at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int value = digit(from->bytes[(*at)++]);
        if (value < 0)
            return -1;
        unit = unit << 4 | value;
    }
    return unit;
}

/* The character that begins with "\u", of one unit or a surrogate pair; -1 when it is none. */
static int32_t take_escaped(const struct string *from, size_t *at)
{
    int32_t first = take_unit(from, at);

    if (first < 0xd800 || first > 0xdfff)
        return first;
    if (first > 0xdbff || from->size - *at < 2 || from->bytes[*at] != '\\' || from->bytes[*at + 1] != 'u')
        return -1;
    *at += 2;
    int32_t second = take_unit(from, at);
    if (second < 0xdc00 || second > 0xdfff)
        return -1;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static size_t put_utf8(char out[4], int32_t character)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t tails = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const uint8_t marks[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(marks[tails] | character >> (6 * tails));
    for (size_t i = 1; i <= tails; i++)
        out[i] = (char)(0x80 | (character >> (6 * (tails - i)) & 0x3f));
    return tails + 1;
}

/* What stands after a backslash, but "u"; 0 for anything else. */
static char unescape(uint8_t c)
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

    for (size_t i = 0; escapes[i] != '\0'; i += 2)
        if (escapes[i] == (char)c)
            return escapes[i + 1];
    return '\0';
}

/* A string as a C string; false when it is too long, or has an escape that is none or a zero byte. */
static bool take_name(const struct string *from, char out[NAME_MOST + 1])
{
    size_t used = 0;

    for (size_t at = 0; at < from->size;) {
        char character[4] = {(char)from->bytes[at++]};
        size_t length = 1;
        if (character[0] == '\\') {
            uint8_t escape = from->bytes[at++];
            int32_t escaped = escape == 'u' ? take_escaped(from, &at) : unescape(escape);
            if (escaped <= 0)
                return false;
            length = put_utf8(character, escaped);
        }
        if (length > NAME_MOST - used)
            return false;
        memcpy(out + used, character, length);
        used += length;
    }
    out[used] = '\0';
    return true;
}

enum key { KEY_TYPE, KEY_NAME, KEY_MODE, KEY_BASE64, KEYS };

static int key_of(const struct string *name)
{
    static const char *const names[KEYS] = {"type", "name", "mode", "base64"};

    for (int key = 0; key < KEYS; key++)
        if (is(name, names[key]))
            return key;
    return -1;
}

/* The members by key; `found` has those that are there. */
static bool take_object(struct cursor *from, struct string members[KEYS], unsigned *found)
{
    struct string name, value;

    *found = 0;
    if (!take(from, '{'))
        return false;
    do {
        if (!take_string(from, &name) || !take(from, ':') || !take_string(from, &value))
            return false;
        int key = key_of(&name);
        if (key < 0 || (*found & 1u << key) != 0)
            return false;
        members[key] = value;
        *found |= 1u << key;
    } while (take(from, ','));
    if (!take(from, '}'))
        return false;
    skip_space(from);
    return from->at == from->end;
}

bool message_read(uint8_t *bytes, size_t size, struct message *out, const char **problem)
{
    enum { BEGIN = 1 << KEY_TYPE | 1 << KEY_NAME | 1 << KEY_MODE, DATA = 1 << KEY_TYPE | 1 << KEY_BASE64, END = 1 << KEY_TYPE };
    struct cursor from = {bytes, bytes + size};
    struct string members[KEYS];
    unsigned found;

    memset(out, 0, sizeof *out);
    if (!take_object(&from, members, &found) || (found & 1u << KEY_TYPE) == 0)
        return fail(problem, "not an object of known strings");
    if (found == BEGIN && is(&members[KEY_TYPE], "begin")) {
        out->type = MESSAGE_BEGIN;
        out->view_only = is(&members[KEY_MODE], "view");
        if (!out->view_only && !is(&members[KEY_MODE], "open"))
            return fail(problem, "not a mode");
        return take_name(&members[KEY_NAME], out->name) || fail(problem, "not a name");
    }
    if (found == DATA && is(&members[KEY_TYPE], "data")) {
        out->type = MESSAGE_DATA;
        out->data = members[KEY_BASE64].bytes;
        return base64_decode(out->data, members[KEY_BASE64].size, &out->data_size) || fail(problem, "not base64");
    }
    if (found == END && is(&members[KEY_TYPE], "end")) {
        out->type = MESSAGE_END;
        return true;
    }
    return fail(problem, "not a message of a known type");
}
