/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shortcuts are planned, and that applying a plan does exactly what is needed. */
#include "menu.h"

#include <stdlib.h>

#include "test.h"

static qubes_domain domains[8];
static qubes_domain_list list = {0, domains};
static qubes_error err;

static void add(const char *name, qubes_class cls, const char *label)
{
    qubes_domain *domain = &domains[list.count++];
    strcpy(domain->name, name);
    domain->cls = cls;
    domain->label = qubes_label_by_name(label);
}

/* The folder's twin: what it holds, and what was done to it. */
static menu held;
static char done[1024];
static const char *failing = "";

static qubes_status twin_list(void *context, menu *out, qubes_error *e)
{
    (void)context, (void)e;
    out->count = held.count;
    out->entries = calloc(held.count + 1, sizeof *out->entries);
    if (held.count)
        memcpy(out->entries, held.entries, held.count * sizeof *held.entries);
    return QUBES_OK;
}

static qubes_status note(const char *what, const char *name)
{
    size_t used = strlen(done);
    snprintf(done + used, sizeof done - used, "%s %s;", what, name);
    return strcmp(failing, name) == 0 ? QUBES_E_SYSTEM : QUBES_OK;
}

static qubes_status twin_write(void *context, const menu_entry *entry, qubes_error *e)
{
    (void)context, (void)e;
    for (size_t i = 0; i < held.count; i++)
        if (strcmp(held.entries[i].name, entry->name) == 0) {
            held.entries[i] = *entry;
            return note("change", entry->name);
        }
    held.entries = realloc(held.entries, (held.count + 1) * sizeof *held.entries);
    held.entries[held.count++] = *entry;
    return note("add", entry->name);
}

static qubes_status twin_remove(void *context, const char *name, qubes_error *e)
{
    (void)context, (void)e;
    for (size_t i = 0; i < held.count; i++)
        if (strcmp(held.entries[i].name, name) == 0)
            held.entries[i] = held.entries[--held.count];
    return note("remove", name);
}

static const menu_folder twin = {NULL, twin_list, twin_write, twin_remove};

static const char *sync(unsigned expected_changes)
{
    menu planned;
    unsigned changes = 99;
    done[0] = '\0';
    CHECK(menu_plan(&list, "C:\\icons", '\\', &planned, &err) == QUBES_OK);
    CHECK(menu_apply(&planned, &twin, &changes, &err) == QUBES_OK);
    CHECK(changes == expected_changes);
    menu_free(&planned);
    return done;
}

static void each_lasting_domain_can_be_started_and_stopped(void)
{
    menu planned;
    add("dom0", QUBES_CLASS_ADMIN, "black");
    add("deb", QUBES_CLASS_TEMPLATE, "black");
    add("disp7", QUBES_CLASS_DISP, "red");
    add("work", QUBES_CLASS_APP, "blue");
    CHECK(menu_plan(&list, "C:\\icons", '\\', &planned, &err) == QUBES_OK);
    CHECK(planned.count == 4);
    CHECK_TEXT(planned.entries[2].name, "work - start");
    CHECK_TEXT(planned.entries[2].arguments, "--start work");
    CHECK_TEXT(planned.entries[2].icon, "C:\\icons\\blue.ico");
    CHECK_TEXT(planned.entries[2].comment, "work (AppVM, blue)");
    CHECK_TEXT(planned.entries[3].arguments, "--stop work");
    menu_free(&planned);
}

static void only_differences_are_written(void)
{
    CHECK_TEXT(sync(4), "add deb - start;add deb - stop;add work - start;add work - stop;");
    CHECK_TEXT(sync(0), "");
    domains[3].label = qubes_label_by_name("green");
    CHECK_TEXT(sync(2), "change work - start;change work - stop;");
    list.count--; /* work is removed */
    CHECK_TEXT(sync(2), "remove work - start;remove work - stop;");
    add("home", QUBES_CLASS_STANDALONE, "yellow");
    CHECK_TEXT(sync(2), "add home - start;add home - stop;");
}

static void the_longest_name_fits(void)
{
    menu planned;
    char name[QUBES_NAME_MAX + 1];
    memset(name, 'a', QUBES_NAME_MAX);
    name[QUBES_NAME_MAX] = '\0';
    list.count = 0;
    add(name, QUBES_CLASS_STANDALONE, "purple");
    CHECK(menu_plan(&list, "C:\\icons", '\\', &planned, &err) == QUBES_OK);
    CHECK(strncmp(planned.entries[0].name, name, QUBES_NAME_MAX) == 0);
    CHECK_TEXT(planned.entries[0].name + QUBES_NAME_MAX, " - start");
    CHECK_TEXT(planned.entries[0].comment + QUBES_NAME_MAX, " (StandaloneVM, purple)");
    menu_free(&planned);
    char deep[QUBES_PATH_MAX];
    memset(deep, 'x', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    CHECK(menu_plan(&list, deep, '\\', &planned, &err) == QUBES_E_SYSTEM);
}

static void a_failure_stops_and_is_told(void)
{
    menu planned;
    unsigned changes;
    done[0] = '\0';
    failing = "deb - start";
    CHECK(menu_plan(&list, "C:\\icons", '\\', &planned, &err) == QUBES_OK);
    CHECK(menu_apply(&planned, &twin, &changes, &err) == QUBES_E_SYSTEM);
    CHECK_TEXT(done, "remove deb - start;");
    menu_free(&planned);
}

int main(void)
{
    each_lasting_domain_can_be_started_and_stopped();
    only_differences_are_written();
    the_longest_name_fits();
    a_failure_stops_and_is_told();
    return test_report("menu");
}
