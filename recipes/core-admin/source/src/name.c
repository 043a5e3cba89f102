/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Which names domains, tags and users may have. */
#include "name.h"

#include <string.h>

#include "qubes-admin/domain.h"

bool name_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool name_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool name_equal_ignoring_case(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++)
        b++;
    return lower(*a) == lower(*b);
}

/* Windows opens a device whatever the directory; files must survive a move to any product. */
static bool is_windows_device(const char *name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (name_equal_ignoring_case(name, devices[i]))
            return true;
    char stem[4] = {0};
    if (strlen(name) != 4 || !name_is_digit(name[3]))
        return false;
    memcpy(stem, name, 3);
    return name_equal_ignoring_case(stem, "com") || name_equal_ignoring_case(stem, "lpt");
}

static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {"none", "default", QUBES_ADMIN_DOMAIN, "domain-0"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (name_equal_ignoring_case(name, reserved[i]))
            return true;
    size_t length = strlen(name);
    return length >= 3 && name_equal_ignoring_case(name + length - 3, "-dm");
}

bool qubes_name_is_valid(const char *name)
{
    size_t length = strnlen(name, QUBES_NAME_MAX + 1);
    if (length == 0 || length > QUBES_NAME_MAX || !name_is_letter(name[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!name_is_letter(name[i]) && !name_is_digit(name[i]) && name[i] != '-' && name[i] != '_')
            return false;
    return !is_reserved(name) && !is_windows_device(name);
}

bool name_is_tag(const char *text)
{
    size_t length = strnlen(text, QUBES_TAG_MAX + 1);
    if (length == 0 || length > QUBES_TAG_MAX || !name_is_letter(text[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!name_is_letter(text[i]) && !name_is_digit(text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return true;
}

bool name_is_user(const char *text)
{
    size_t length = strnlen(text, QUBES_USER_MAX + 1);
    if (length == 0 || length > QUBES_USER_MAX || text[0] == '-' || text[0] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!name_is_letter(text[i]) && !name_is_digit(text[i]) && !strchr("-_.", text[i]))
            return false;
    return true;
}
