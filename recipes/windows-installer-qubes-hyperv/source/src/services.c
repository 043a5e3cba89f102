/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a list of services. */
#include "services.h"

#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "tree.h"

static bool set_start(service *to, const char *value)
{
    static const char *const names[] = {"auto", "delayed", "demand", "disabled"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            to->start = (start)i;
            return true;
        }
    return false;
}

static bool set_account(service *to, const char *value)
{
    if (strcmp(value, "LocalSystem") == 0)
        to->account = NULL;
    else if (strcmp(value, "LocalService") == 0 || strcmp(value, "NetworkService") == 0)
        to->account = text("NT AUTHORITY\\%s", value);
    else
        return false;
    return true;
}

static bool add_restart(service *to, const char *value)
{
    char *end;
    unsigned long wait = strtoul(value, &end, 10);
    if (*value == '\0' || *end != '\0' || wait > 86400000 || to->restart_count == RESTARTS_MAX)
        return false;
    to->restarts[to->restart_count++] = (uint32_t)wait;
    return true;
}

static bool set(service *to, const char *key, const char *value)
{
    char *copy = text("%s", value);
    if (strcmp(key, "display") == 0)
        to->display = copy;
    else if (strcmp(key, "description") == 0)
        to->description = copy;
    else if (strcmp(key, "arguments") == 0)
        to->arguments = copy;
    else if (strcmp(key, "depends") == 0)
        list_add(&to->depends, copy);
    else if (strcmp(key, "program") == 0) {
        to->program = copy;
        return relative_path_is_sound(value);
    } else if (strcmp(key, "start") == 0)
        return set_start(to, value);
    else if (strcmp(key, "account") == 0)
        return set_account(to, value);
    else if (strcmp(key, "restart") == 0)
        return add_restart(to, value);
    else
        return false;
    return true;
}

static bool add_line(services *to, const char *key, const char *value)
{
    if (strcmp(key, "service") != 0)
        return to->count > 0 && set(&to->items[to->count - 1], key, value);
    if (*value == '\0')
        return false;
    to->items = keep(to->items, (to->count + 1) * sizeof *to->items);
    to->items[to->count++] = (service){.name = text("%s", value),
                                       .display = text("%s", value),
                                       .description = "",
                                       .program = NULL,
                                       .arguments = ""};
    return true;
}

bool services_read(const char *file, services *out)
{
    static char line[8192];
    FILE *in = os_open(file, "rb");
    *out = (services){0};
    if (in == NULL)
        return problem("%s cannot be read: %s.", file, os_reason());
    for (int number = 1; fgets(line, sizeof line, in) != NULL; number++) {
        size_t length = strcspn(line, "\r\n");
        bool ended = line[length] != '\0';
        line[length] = '\0';
        char *tab = strchr(line, '\t');
        if (tab != NULL)
            *tab = '\0';
        if (!ended || tab == NULL || !add_line(out, line, tab + 1)) {
            fclose(in);
            return problem("%s:%d: this is no line of a list of services.", file, number);
        }
    }
    bool whole = !ferror(in);
    fclose(in);
    if (!whole)
        return problem("%s cannot be read: %s.", file, os_reason());
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].program == NULL)
            return problem("%s: the service %s has no program.", file, out->items[i].name);
    return true;
}

char *services_command(const service *what, const char *install)
{
    char *command = text("\"%s\\%s\"%s%s", install, what->program, *what->arguments ? " " : "", what->arguments);
    for (char *at = command; at < command + 3 + strlen(install) + strlen(what->program); at++)
        if (*at == '/')
            *at = '\\';
    return command;
}
