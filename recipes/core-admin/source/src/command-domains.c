/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* qubes-admin create, list, prefs and remove. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

/* Takes "--NAME VALUE" off the arguments; false when it is another option. */
static bool take_option(const char *option, int argc, char **argv, int *at, const char **value)
{
    if (strcmp(argv[*at], option) != 0 || *at + 1 >= argc)
        return false;
    *value = argv[++*at];
    return true;
}

int command_create(const qubes_paths *paths, int argc, char **argv)
{
    qubes_domain_new what = {0};
    qubes_error err;
    for (int i = 0; i < argc; i++) {
        if (take_option("--class", argc, argv, &i, &what.cls) || take_option("--label", argc, argv, &i, &what.label) ||
            take_option("--template", argc, argv, &i, &what.template_name) ||
            take_option("--netvm", argc, argv, &i, &what.netvm))
            continue;
        if (argv[i][0] == '-' || what.name)
            return command_usage("create: unknown option, or a value is missing");
        what.name = argv[i];
    }
    if (!what.name)
        return command_usage("create takes the name of the new domain");
    return qubes_domain_create(paths, &what, NULL, &err) == QUBES_OK ? QUBES_OK : command_fail(&err);
}

/* Names and values are printable; quotes, backslashes and all but ASCII need care. */
static void print_json_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void print_json(const qubes_domain *domain)
{
    printf("{\"name\":");
    print_json_string(domain->name);
    printf(",\"id\":%" PRIu32 ",\"class\":", domain->id);
    print_json_string(qubes_class_name(domain->cls));
    printf(",\"state\":");
    print_json_string(qubes_state_name(domain->state));
    printf(",\"label\":");
    print_json_string(domain->label->name);
    printf(",\"color\":\"#%06" PRIx32 "\",\"template\":", domain->label->rgb);
    print_json_string(domain->template_name);
    printf(",\"netvm\":");
    print_json_string(domain->netvm);
    printf(",\"tags\":[");
    for (size_t i = 0; i < domain->tag_count; i++) {
        printf(i ? "," : "");
        print_json_string(domain->tags[i]);
    }
    printf("]}");
}

static void print_list(const qubes_domain_list *list, bool raw, bool json)
{
    if (!raw && !json)
        printf("%-31s %5s %-9s %-12s %-6s %-15s %s\n", "NAME", "ID", "STATE", "CLASS", "LABEL", "TEMPLATE", "NETVM");
    for (size_t i = 0; i < list->count; i++) {
        const qubes_domain *d = &list->items[i];
        if (json) {
            printf(i ? ",\n " : "[");
            print_json(d);
        } else if (raw) {
            printf("%s|%" PRIu32 "|%s|%s|%s|%s|%s\n", d->name, d->id, qubes_state_name(d->state),
                   qubes_class_name(d->cls), d->label->name, d->template_name, d->netvm);
        } else {
            printf("%-31s %5" PRIu32 " %-9s %-12s %-6s %-15s %s\n", d->name, d->id, qubes_state_name(d->state),
                   qubes_class_name(d->cls), d->label->name, d->template_name[0] ? d->template_name : "-",
                   d->netvm[0] ? d->netvm : "-");
        }
    }
    if (json)
        printf("]\n");
}

int command_list(const qubes_paths *paths, int argc, char **argv)
{
    bool raw = false, json = false, refresh = false;
    qubes_domain_list list;
    qubes_error err;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--raw") == 0)
            raw = true;
        else if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--refresh") == 0)
            refresh = true;
        else
            return command_usage("list: unknown option");
    }
    if (raw && json)
        return command_usage("list: --raw or --json, not both");
    if (refresh && qubes_vmm_refresh(paths, &err) != QUBES_OK)
        return command_fail(&err);
    if (qubes_domain_list_load(paths, &list, &err) != QUBES_OK)
        return command_fail(&err);
    print_list(&list, raw, json);
    qubes_domain_list_free(&list);
    return QUBES_OK;
}

static int show_prefs(const qubes_paths *paths, const char *name, const char *key)
{
    qubes_domain domain;
    qubes_error err;
    char value[QUBES_PATH_MAX];
    if (qubes_domain_load(paths, name, &domain, &err) != QUBES_OK)
        return command_fail(&err);
    for (size_t i = 0; !key && qubes_property_names[i]; i++) {
        if (qubes_domain_get(&domain, qubes_property_names[i], value, sizeof value, &err) != QUBES_OK)
            return command_fail(&err);
        printf("%-20s %s\n", qubes_property_names[i], value);
    }
    if (!key)
        return QUBES_OK;
    if (qubes_domain_get(&domain, key, value, sizeof value, &err) != QUBES_OK)
        return command_fail(&err);
    puts(value);
    return QUBES_OK;
}

int command_prefs(const qubes_paths *paths, int argc, char **argv)
{
    qubes_error err;
    if (argc < 1 || argc > 3)
        return command_usage("prefs takes NAME [KEY [VALUE]]");
    if (argc < 3)
        return show_prefs(paths, argv[0], argc == 2 ? argv[1] : NULL);
    return qubes_domain_set(paths, argv[0], argv[1], argv[2], &err) == QUBES_OK ? QUBES_OK : command_fail(&err);
}

int command_remove(const qubes_paths *paths, int argc, char **argv)
{
    const char *name = NULL;
    bool force = false;
    qubes_error err;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--force") == 0)
            force = true;
        else if (argv[i][0] == '-' || name)
            return command_usage("remove takes NAME [--force]");
        else
            name = argv[i];
    }
    if (!name)
        return command_usage("remove takes NAME [--force]");
    return qubes_domain_remove(paths, name, force, &err) == QUBES_OK ? QUBES_OK : command_fail(&err);
}
