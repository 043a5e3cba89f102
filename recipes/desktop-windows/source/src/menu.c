/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shortcuts the start menu shall have, and how to get there from those it has. */
#include "menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void menu_free(menu *what)
{
    free(what->entries);
    what->entries = NULL;
    what->count = 0;
}

static bool fill(menu_entry *out, const qubes_domain *domain, const char *verb, const char *icons, char separator)
{
    int length = snprintf(out->icon, sizeof out->icon, "%s%c%s.ico", icons, separator, domain->label->name);
    snprintf(out->name, sizeof out->name, "%s - %s", domain->name, verb);
    snprintf(out->arguments, sizeof out->arguments, "--%s %s", verb, domain->name);
    snprintf(out->comment, sizeof out->comment, "%s (%s, %s)", domain->name, qubes_class_name(domain->cls),
             domain->label->name);
    return length > 0 && (size_t)length < sizeof out->icon;
}

qubes_status menu_plan(const qubes_domain_list *domains, const char *icons, char separator, menu *out, qubes_error *err)
{
    static const char *const verbs[] = {"start", "stop"};
    out->count = 0;
    out->entries = calloc(domains->count * 2 + 1, sizeof *out->entries);
    if (!out->entries) {
        snprintf(err->text, sizeof err->text, "out of memory");
        return err->status = QUBES_E_SYSTEM;
    }
    for (size_t i = 0; i < domains->count; i++) {
        const qubes_domain *domain = &domains->items[i];
        if (domain->cls == QUBES_CLASS_ADMIN || domain->cls == QUBES_CLASS_DISP)
            continue;
        for (size_t verb = 0; verb < 2; verb++)
            if (!fill(&out->entries[out->count++], domain, verbs[verb], icons, separator)) {
                menu_free(out);
                snprintf(err->text, sizeof err->text, "the path of the icons is too long");
                return err->status = QUBES_E_SYSTEM;
            }
    }
    return QUBES_OK;
}

static const menu_entry *find(const menu *in, const char *name)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->entries[i].name, name) == 0)
            return &in->entries[i];
    return NULL;
}

static bool same(const menu_entry *a, const menu_entry *b)
{
    return strcmp(a->arguments, b->arguments) == 0 && strcmp(a->icon, b->icon) == 0 &&
           strcmp(a->comment, b->comment) == 0;
}

qubes_status menu_apply(const menu *planned, const menu_folder *folder, unsigned *changes, qubes_error *err)
{
    menu present;
    *changes = 0;
    qubes_status status = folder->list(folder->context, &present, err);
    if (status != QUBES_OK)
        return status;
    for (size_t i = 0; i < present.count && status == QUBES_OK; i++)
        if (!find(planned, present.entries[i].name)) {
            status = folder->remove(folder->context, present.entries[i].name, err);
            ++*changes;
        }
    for (size_t i = 0; i < planned->count && status == QUBES_OK; i++) {
        const menu_entry *old = find(&present, planned->entries[i].name);
        if (!old || !same(old, &planned->entries[i])) {
            status = folder->write(folder->context, &planned->entries[i], err);
            ++*changes;
        }
    }
    menu_free(&present);
    return status;
}
