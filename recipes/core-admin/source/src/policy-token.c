/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Tokens: the words by which rules and calls name domains. */
#include <string.h>

#include "fail.h"
#include "name.h"
#include "policy-rules.h"

static bool starts_with(const char *text, const char *prefix, const char **rest)
{
    size_t length = strlen(prefix);
    *rest = text + length;
    return strncmp(text, prefix, length) == 0;
}

static bool parse_any_place(const char *text, token *out)
{
    static const struct {
        const char *text;
        token_kind kind;
    } words[] = {
        {"*", TOKEN_ANY},           {"@anyvm", TOKEN_ANYVM},   {"@adminvm", TOKEN_ADMINVM},
        {"dom0", TOKEN_ADMINVM},    {"@dispvm", TOKEN_DISPVM}, {"@default", TOKEN_DEFAULT},
    };
    const char *rest;
    qubes_class cls;
    out->value[0] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].text) == 0) {
            out->kind = words[i].kind;
            return true;
        }
    if (starts_with(text, "@dispvm:@tag:", &rest)) {
        out->kind = TOKEN_DISPVM_TAG;
        return name_is_tag(rest) && qubes_copy(out->value, sizeof out->value, rest);
    }
    if (starts_with(text, "@dispvm:", &rest)) {
        out->kind = TOKEN_DISPVM_OF;
        return qubes_name_is_valid(rest) && qubes_copy(out->value, sizeof out->value, rest);
    }
    if (starts_with(text, "@tag:", &rest)) {
        out->kind = TOKEN_TAG;
        return name_is_tag(rest) && qubes_copy(out->value, sizeof out->value, rest);
    }
    if (starts_with(text, "@type:", &rest)) {
        out->kind = TOKEN_TYPE;
        return qubes_class_from_name(rest, &cls) && qubes_copy(out->value, sizeof out->value, rest);
    }
    out->kind = TOKEN_NAME;
    return qubes_name_is_valid(text) && qubes_copy(out->value, sizeof out->value, text);
}

static bool fits_place(token_kind kind, token_place place)
{
    switch (place) {
    case PLACE_SOURCE:
        return kind == TOKEN_NAME || kind == TOKEN_ANY || kind == TOKEN_ANYVM || kind == TOKEN_ADMINVM ||
               kind == TOKEN_TAG || kind == TOKEN_TYPE;
    case PLACE_TARGET:
        return true;
    case PLACE_REDIRECT:
        return kind == TOKEN_NAME || kind == TOKEN_ADMINVM || kind == TOKEN_DISPVM || kind == TOKEN_DISPVM_OF;
    case PLACE_CALL:
        return kind == TOKEN_NAME || kind == TOKEN_ADMINVM || kind == TOKEN_DEFAULT || kind == TOKEN_DISPVM ||
               kind == TOKEN_DISPVM_OF;
    }
    return false;
}

bool token_parse(const char *text, token_place place, token *out)
{
    return parse_any_place(text, out) && fits_place(out->kind, place);
}

void token_print(const token *from, char out[QUBES_TARGET_MAX + 1])
{
    static const char *const prefixes[] = {
        [TOKEN_NAME] = "",           [TOKEN_ANY] = "*",       [TOKEN_ANYVM] = "@anyvm",
        [TOKEN_ADMINVM] = "@adminvm", [TOKEN_DEFAULT] = "@default", [TOKEN_DISPVM] = "@dispvm",
        [TOKEN_DISPVM_OF] = "@dispvm:", [TOKEN_DISPVM_TAG] = "@dispvm:@tag:", [TOKEN_TAG] = "@tag:",
        [TOKEN_TYPE] = "@type:",
    };
    qubes_print(out, QUBES_TARGET_MAX + 1, "%s%s", prefixes[from->kind], from->value);
}

bool token_equal(const token *a, const token *b)
{
    return a->kind == b->kind && strcmp(a->value, b->value) == 0;
}
