/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be opened: strict checks of URLs and names, and the bytes that the services expect. */
#include "request.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The length of the scheme without its colon; 0 when there is none (RFC 3986, 3.1). */
static size_t scheme_length(const char *text)
{
    size_t length = 0;
    while (is_letter(text[length]) || (length > 0 && (is_digit(text[length]) || (text[length] && strchr("+-.", text[length])))))
        length++;
    return text[length] == ':' ? length : 0;
}

bool request_has_scheme(const char *text)
{
    return scheme_length(text) >= 2;
}

static bool is_scheme(const char *text, size_t length, const char *scheme)
{
    if (strlen(scheme) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower(text[i]) != scheme[i])
            return false;
    return true;
}

/* A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
static bool check_authority(const char *begin, const char *end, const char **why)
{
    const char *at = begin;
    if (memchr(begin, '@', (size_t)(end - begin))) {
        *why = "a user name before the host is how links deceive";
        return false;
    }
    *why = "not a host name";
    if (at < end && *at == '[') {
        for (at++; at < end && (is_hex(*at) || *at == ':' || *at == '.'); at++)
            continue;
        if (at == end || *at++ != ']' || at - begin < 4)
            return false;
    } else {
        while (at < end && (is_letter(*at) || is_digit(*at) || *at == '-' || *at == '.' || *at == '_'))
            at++;
        if (at == begin || *begin == '-' || *begin == '.' || at - begin > 253)
            return false;
    }
    if (at == end)
        return true;
    *why = "not a port number";
    const char *port = at + 1;
    if (*at != ':' || end - port > 5 || port == end)
        return false;
    for (at = port; at < end; at++)
        if (!is_digit(*at))
            return false;
    return true;
}

static bool put(char *out, size_t *used, char c)
{
    if (*used == REQUEST_URL_MAX)
        return false;
    out[(*used)++] = c;
    return true;
}

/* The characters of RFC 3986; bytes beyond ASCII become %XX (RFC 3987, 3.1). */
static bool copy_rest(const char *text, char *out, size_t *used, const char **why)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool good;
        if (c >= 0x80) {
            good = put(out, used, '%') && put(out, used, digits[c >> 4]) && put(out, used, digits[c & 15]);
        } else {
            bool plain = is_letter(*text) || is_digit(*text) || strchr("-._~:/?#[]@!$&'()*+,;=", *text);
            bool escape = *text == '%' && is_hex(text[1]) && is_hex(text[2]);
            if (!plain && !escape) {
                *why = "it has a character that no URL has";
                return false;
            }
            good = put(out, used, *text);
        }
        if (!good) {
            *why = "it is too long";
            return false;
        }
    }
    return true;
}

bool request_url(const char *text, char out[REQUEST_URL_MAX + 1], const char **why)
{
    static const char *const with_host[] = {"http", "https", "ftp"};
    size_t length = scheme_length(text), used = 0;
    const char *rest = text + length + 1;
    bool host = false;
    for (size_t i = 0; i < sizeof with_host / sizeof *with_host; i++)
        host = host || is_scheme(text, length, with_host[i]);
    if (!host && !is_scheme(text, length, "mailto")) {
        *why = "only http, https, ftp and mailto URLs are opened";
        return false;
    }
    if (host) {
        *why = "it names no host";
        if (rest[0] != '/' || rest[1] != '/')
            return false;
        rest += 2;
        const char *end = rest + strcspn(rest, "/?#");
        if (!check_authority(rest, end, why))
            return false;
    }
    for (size_t i = 0; i < length; i++)
        put(out, &used, lower(text[i]));
    if (!copy_rest(text + length, out, &used, why))
        return false;
    out[used] = '\0';
    return true;
}

/* Names that a shell, a file system or a person could take for something else. */
static bool is_bad_in_name(unsigned char c)
{
    return c < 0x20 || c == 0x7f || strchr("/\\:*?\"<>|", c) != NULL;
}

/* Marks that reverse or hide text (U+200B–U+200F, U+202A–U+202E, U+2066–U+2069, U+FEFF), as UTF-8. */
static bool is_deceiving(const unsigned char *at)
{
    if (at[0] == 0xe2 && at[1] == 0x80)
        return (at[2] >= 0x8b && at[2] <= 0x8f) || (at[2] >= 0xaa && at[2] <= 0xae);
    if (at[0] == 0xe2 && at[1] == 0x81)
        return at[2] >= 0xa6 && at[2] <= 0xa9;
    return at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf;
}

bool request_header(const char *name, bool view_only, char out[REQUEST_NAME_SIZE])
{
    const size_t prefix = view_only ? sizeof REQUEST_VIEW_ONLY - 1 : 0;
    const size_t room = REQUEST_NAME_SIZE - 1 - prefix;
    size_t length = strlen(name);
    if (length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    if (length > room) {
        name += length - room;
        while (((unsigned char)*name & 0xc0) == 0x80) /* not into the middle of a character */
            name++;
    }
    memset(out, 0, REQUEST_NAME_SIZE);
    memcpy(out, REQUEST_VIEW_ONLY, prefix);
    char *to = out + prefix;
    while (*name) {
        if (is_deceiving((const unsigned char *)name)) {
            *to++ = '_';
            name += 3;
        } else {
            *to++ = is_bad_in_name((unsigned char)*name) ? '_' : *name;
            name++;
        }
    }
    if (out[prefix] == '-' || out[prefix] == '.') /* neither an option nor hidden over there */
        out[prefix] = '_';
    return true;
}

bool request_path_is_plain(const char *path, const char **why)
{
    *why = "network shares and devices are not opened";
    if ((path[0] == '\\' || path[0] == '/') && (path[1] == '\\' || path[1] == '/'))
        return false;
    *why = "it is not a file on a drive";
    if (!is_letter(path[0]) || path[1] != ':' || (path[2] != '\\' && path[2] != '/'))
        return false;
    *why = "it names a stream inside a file";
    if (strchr(path + 2, ':'))
        return false;
    *why = "it has a character that no file name has";
    for (const char *c = path + 3; *c; c++)
        if ((unsigned char)*c < 0x20 || strchr("*?\"<>|", *c))
            return false;
    return true;
}
