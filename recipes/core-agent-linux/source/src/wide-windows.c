/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, which this code uses everywhere, against the wide characters of Windows. */
#include "wide-windows.h"

#include <windows.h>

bool wide_from(const char *text, wchar_t *out, size_t count)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, (int)count) > 0;
}

bool wide_to(const wchar_t *text, char *out, size_t size)
{
    return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, out, (int)size, NULL, NULL) > 0;
}

static bool append(wchar_t *line, size_t count, size_t *length, wchar_t c, size_t times)
{
    if (*length + times >= count)
        return false;
    for (; times > 0; times--)
        line[(*length)++] = c;
    line[*length] = L'\0';
    return true;
}

/* The rules are those of "Parsing C++ command-line arguments" in Microsoft's documentation. */
bool wide_append_argument(wchar_t *line, size_t count, const wchar_t *argument)
{
    size_t length = wcslen(line);
    bool good = length == 0 || append(line, count, &length, L' ', 1);

    if (argument[0] != L'\0' && wcspbrk(argument, L" \t\n\v\"") == NULL) {
        /* Batch files see quotes that are not needed. */
        for (const wchar_t *at = argument; good && *at != L'\0'; at++)
            good = append(line, count, &length, *at, 1);
        return good;
    }
    good = good && append(line, count, &length, L'"', 1);
    for (const wchar_t *at = argument; good; at++) {
        size_t slashes = 0;
        for (; *at == L'\\'; at++)
            slashes++;
        if (*at == L'\0') {
            /* Before the closing quote each backslash counts twice. */
            good = append(line, count, &length, L'\\', 2 * slashes);
            break;
        }
        if (*at == L'"')
            slashes = 2 * slashes + 1;
        good = append(line, count, &length, L'\\', slashes) && append(line, count, &length, *at, 1);
    }
    return good && append(line, count, &length, L'"', 1);
}
