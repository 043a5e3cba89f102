/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The text of domain.conf, as a list of lines that keeps what it does not know. */
#include "conf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "name.h"

#define FORMAT "qubes-domain "
#define VERSION_TEXT "1"

void conf_init(conf *out)
{
    out->count = 0;
    out->lines = NULL;
}

void conf_free(conf *what)
{
    for (size_t i = 0; i < what->count; i++) {
        free(what->lines[i].key);
        free(what->lines[i].text);
    }
    free(what->lines);
    conf_init(what);
}

static char *copy_range(const char *begin, const char *end)
{
    size_t length = (size_t)(end - begin);
    char *text = malloc(length + 1);
    if (text) {
        memcpy(text, begin, length);
        text[length] = '\0';
    }
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **begin, const char **end)
{
    while (*begin < *end && is_blank(**begin))
        (*begin)++;
    while (*begin < *end && is_blank((*end)[-1]))
        (*end)--;
}

static bool is_printable(const char *begin, const char *end)
{
    for (; begin < end; begin++)
        if (((unsigned char)*begin < 0x20 && *begin != '\t') || *begin == 0x7f)
            return false;
    return true;
}

static bool is_key(const char *begin, const char *end)
{
    if (begin == end || *begin < 'a' || *begin > 'z')
        return false;
    for (; begin < end; begin++)
        if (!((*begin >= 'a' && *begin <= 'z') || name_is_digit(*begin) || *begin == '_'))
            return false;
    return true;
}

static qubes_status append(conf *what, char *key, char *text, qubes_error *err)
{
    conf_line *lines = NULL;
    if (text)
        lines = realloc(what->lines, (what->count + 1) * sizeof *lines);
    if (!lines) {
        free(key);
        free(text);
        return qubes_fail_memory(err);
    }
    what->lines = lines;
    lines[what->count].key = key;
    lines[what->count].text = text;
    what->count++;
    return QUBES_OK;
}

static conf_line *find(const conf *what, const char *key)
{
    for (size_t i = 0; i < what->count; i++)
        if (what->lines[i].key && strcmp(what->lines[i].key, key) == 0)
            return &what->lines[i];
    return NULL;
}

static qubes_status parse_line(const char *begin, const char *end, const char *file, unsigned number,
                               conf *out, qubes_error *err)
{
    if (!is_printable(begin, end))
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: control character", file, number);
    const char *first = begin, *last = end;
    trim(&first, &last);
    if (first == last || *first == '#')
        return append(out, NULL, copy_range(begin, end), err);

    const char *equals = memchr(first, '=', (size_t)(last - first));
    if (!equals)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: expected KEY = VALUE", file, number);
    const char *key_end = equals, *value = equals + 1;
    trim(&first, &key_end);
    trim(&value, &last);
    if (!is_key(first, key_end))
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: not a key before '='", file, number);
    char *key = copy_range(first, key_end);
    if (!key)
        return qubes_fail_memory(err);
    if (find(out, key)) {
        qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: key %s is given twice", file, number, key);
        free(key);
        return QUBES_E_DAMAGED;
    }
    return append(out, key, copy_range(value, last), err);
}

static qubes_status parse_format(const char *begin, const char *end, const char *file, qubes_error *err)
{
    size_t prefix = sizeof FORMAT - 1;
    if ((size_t)(end - begin) < prefix || memcmp(begin, FORMAT, prefix) != 0)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:1: not a domain file (no '%s" VERSION_TEXT "')", file,
                          FORMAT);
    begin += prefix;
    if ((size_t)(end - begin) != sizeof VERSION_TEXT - 1 || memcmp(begin, VERSION_TEXT, sizeof VERSION_TEXT - 1))
        return qubes_fail(err, QUBES_E_DAMAGED,
                          "%s:1: a format that this version does not read: install the newer version", file);
    return QUBES_OK;
}

qubes_status conf_parse(const char *data, size_t size, const char *file, conf *out, qubes_error *err)
{
    conf_init(out);
    if (size > CONF_SIZE_MAX)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:1: larger than %u bytes", file, CONF_SIZE_MAX);
    const char *position = data, *limit = data + size;
    qubes_status status = QUBES_OK;
    unsigned number = 0;
    while (status == QUBES_OK && (position < limit || number == 0)) {
        const char *newline = memchr(position, '\n', (size_t)(limit - position));
        const char *end = newline ? newline : limit;
        const char *next = newline ? newline + 1 : limit;
        if (end > position && end[-1] == '\r') /* edited on Windows */
            end--;
        number++;
        if (number > CONF_LINES_MAX)
            status = qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: too many lines", file, number);
        else if (number == 1)
            status = parse_format(position, end, file, err);
        else
            status = parse_line(position, end, file, number, out, err);
        position = next;
    }
    if (status != QUBES_OK)
        conf_free(out);
    return status;
}

const char *conf_get(const conf *what, const char *key)
{
    const conf_line *line = find(what, key);
    return line ? line->text : NULL;
}

qubes_status conf_set(conf *what, const char *key, const char *value, qubes_error *err)
{
    const char *begin = value, *end = value + strlen(value);
    if (!is_printable(begin, end))
        return qubes_fail(err, QUBES_E_INVALID, "the value of %s has a control character", key);
    trim(&begin, &end);
    char *text = copy_range(begin, end);
    conf_line *line = find(what, key);
    if (line) {
        if (!text)
            return qubes_fail_memory(err);
        free(line->text);
        line->text = text;
        return QUBES_OK;
    }
    char *own_key = copy_range(key, key + strlen(key));
    if (!own_key) {
        free(text);
        return qubes_fail_memory(err);
    }
    return append(what, own_key, text, err);
}

unsigned conf_line_of(const conf *what, const char *key)
{
    const conf_line *line = find(what, key);
    return line ? (unsigned)(line - what->lines) + 2 : 1; /* the format is line 1 */
}

static char *put(char *out, const char *text)
{
    size_t length = strlen(text);
    memcpy(out, text, length);
    return out + length;
}

qubes_status conf_text(const conf *what, char **data, size_t *size, qubes_error *err)
{
    size_t total = sizeof FORMAT VERSION_TEXT "\n";
    for (size_t i = 0; i < what->count; i++)
        total += (what->lines[i].key ? strlen(what->lines[i].key) + 3 : 0) + strlen(what->lines[i].text) + 1;
    char *text = malloc(total);
    if (!text)
        return qubes_fail_memory(err);
    char *end = put(text, FORMAT VERSION_TEXT "\n");
    for (size_t i = 0; i < what->count; i++) {
        if (what->lines[i].key)
            end = put(put(end, what->lines[i].key), " = ");
        end = put(put(end, what->lines[i].text), "\n");
    }
    *end = '\0';
    *data = text;
    *size = (size_t)(end - text);
    return QUBES_OK;
}
