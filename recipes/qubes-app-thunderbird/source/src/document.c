/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of documents. Pure; fuzzed. */
#include "document.h"

#include <string.h>

#define UNNAMED "document"

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(" ._-()+,@", c) != NULL);
}

void document_header(const char *name, bool view_only, char out[DOCUMENT_HEADER])
{
    size_t used = view_only ? strlen(DOCUMENT_VIEW_ONLY) : 0, room = DOCUMENT_HEADER - 1 - used;
    size_t length = strlen(name);

    memset(out, 0, DOCUMENT_HEADER);
    memcpy(out, DOCUMENT_VIEW_ONLY, used);
    if (length == 0) {
        memcpy(out + used, UNNAMED, strlen(UNNAMED));
        return;
    }
    if (length > room) {
        name += length - room;
        length = room;
    }
    for (size_t i = 0; i < length; i++)
        out[used + i] = is_plain(name[i]) ? name[i] : '_';
    if (strchr(".- ", out[used]) != NULL)
        out[used] = '_';
}
