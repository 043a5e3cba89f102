/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shortcuts the start menu shall have, and how to get there from those it has. Pure but for the port. */
#ifndef MENU_H
#define MENU_H

#include <stdbool.h>

#include "qubes-admin.h"

#define MENU_ENTRY_NAME 64

/* A shortcut: NAME.lnk, which starts our program with `arguments`. */
typedef struct menu_entry {
    char name[MENU_ENTRY_NAME]; /* "work - start", without the extension */
    char arguments[MENU_ENTRY_NAME]; /* "--start work" */
    char icon[QUBES_PATH_MAX];
    char comment[128];
} menu_entry;

typedef struct menu {
    size_t count;
    menu_entry *entries;
} menu;

/*
 * What the domains call for: start and stop of each, with its label's icon. Not for the admin domain and not
 * for disposables, which come and go. `icons` is the directory of the icons; `separator` that of its paths.
 */
qubes_status menu_plan(const qubes_domain_list *domains, const char *icons, char separator, menu *out, qubes_error *err);
void menu_free(menu *what);

/* The folder of the start menu that is ours, as a port. */
typedef struct menu_folder {
    void *context;
    /* The shortcuts that start our program; those of others are not listed and so never touched. */
    qubes_status (*list)(void *context, menu *out, qubes_error *err);
    qubes_status (*write)(void *context, const menu_entry *entry, qubes_error *err);
    qubes_status (*remove)(void *context, const char *name, qubes_error *err);
} menu_folder;

/* Makes the folder be as planned: writes what is missing or differs, removes what is too much. */
qubes_status menu_apply(const menu *planned, const menu_folder *folder, unsigned *changes, qubes_error *err);

#endif
