/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any answer of a domain: what is kept obeys the rules, and reading what was written of it gives the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "applications.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct application *each)
{
    if (each->id[0] == '\0' || each->name[0] == '\0' || each->name[0] == ' ' ||
        each->name[strlen(each->name) - 1] == ' ')
        abort();
    for (const char *c = each->id; *c != '\0'; c++)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
              (c != each->id && (*c == '.' || *c == '_' || *c == '-'))))
            abort();
    for (const char *c = each->name; *c != '\0'; c++)
        if (*c < ' ' || *c > '~' || *c == '\\')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct applications found, again;
    static char written[APPLICATIONS_BYTES_MOST];

    applications_parse((const char *)data, size, &found);
    for (size_t i = 0; i < found.count; i++)
        check(&found.items[i]);
    applications_parse(written, applications_write(&found, written, sizeof written), &again);
    if (again.count != found.count)
        abort();
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.items[i].id, again.items[i].id) != 0 || strcmp(found.items[i].name, again.items[i].name) != 0)
            abort();
    return 0;
}
