/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URLs, names and paths: whatever passes keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_url(const char *text)
{
    char out[REQUEST_URL_MAX + 1], again[REQUEST_URL_MAX + 1];
    const char *why = NULL;
    if (!request_url(text, out, &why)) {
        require(why != NULL);
        return;
    }
    for (const char *c = out; *c; c++)
        require(*c > ' ' && *c < 0x7f && !strchr("\"<>\\^`{|}", *c));
    require(request_url(out, again, &why) && strcmp(out, again) == 0);
    require(request_has_scheme(text));
}

static void check_header(const char *text, bool view_only)
{
    char out[REQUEST_NAME_SIZE];
    if (!request_header(text, view_only, out))
        return;
    require(out[REQUEST_NAME_SIZE - 1] == '\0' && out[0] && out[0] != '-' && out[0] != '.');
    require(!strpbrk(out, "/\\:\n\r"));
    for (size_t i = strlen(out); i < sizeof out; i++)
        require(out[i] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[4096];
    const char *why = NULL;
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, length);
    text[length] = '\0';
    check_url(text);
    check_header(text, false);
    check_header(text, true);
    if (!request_path_is_plain(text, &why))
        require(why != NULL);
    return 0;
}
