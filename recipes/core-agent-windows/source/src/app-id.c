/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names under which services know the entries of the Start menu. */
#include "app-id.h"

#include <string.h>

#define ENDING ".lnk"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The length of a path without its ending, 0 when it is not that of a link. */
static size_t stem_length(const char *path)
{
    size_t length = strlen(path), ending = strlen(ENDING);

    if (length <= ending)
        return 0;
    for (size_t i = 0; i < ending; i++)
        if (lower(path[length - ending + i]) != ENDING[i])
            return 0;
    return length - ending;
}

static char id_character(char c)
{
    if (c == '\\' || c == '/')
        return '.';
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr(".-_+", c)))
        return c;
    return '_';
}

bool app_id_of(const char *path, char id[APP_ID_SIZE])
{
    size_t length = stem_length(path);

    if (length == 0 || length >= APP_ID_SIZE)
        return false;
    for (size_t i = 0; i < length; i++)
        id[i] = id_character(path[i]);
    id[length] = '\0';
    return true;
}

bool app_name_of(const char *path, char *name, size_t size)
{
    size_t length = stem_length(path), start = length;

    while (start > 0 && path[start - 1] != '\\' && path[start - 1] != '/')
        start--;
    if (length == start || length - start >= size)
        return false;
    memcpy(name, path + start, length - start);
    name[length - start] = '\0';
    return true;
}
