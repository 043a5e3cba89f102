/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files make up the menus of domains, and what is in each of them. Pure. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "applications.h"
#include "qubes-admin.h"

/* The directories that files are in. */
enum place {
    PLACE_APPLICATIONS, /* $XDG_DATA_HOME/applications: our files begin with ENTRY_PREFIX */
    PLACE_DIRECTORIES,  /* $XDG_DATA_HOME/desktop-directories: so do they */
    PLACE_MENUS,        /* $XDG_CONFIG_HOME/menus/applications-merged: so do they */
    PLACE_KNOWN,        /* $XDG_DATA_HOME/qubes/applications: all files are ours */
    PLACES
};

#define ENTRY_PREFIX "qubes-domain"
#define ENTRY_FILE_MOST 200 /* "qubes-domain.NAME.app.ID.desktop" */

struct entry {
    enum place place;
    char file[ENTRY_FILE_MOST];
    char *text;
};

struct entries {
    size_t count, room;
    struct entry *items;
};

/* Tells what applications of a domain are known; with a count of 0 when none are. */
typedef void (*applications_of)(void *context, const char *domain, struct applications *out);

/*
 * The files that the domains call for: for each but the admin domain and disposables, which come and go, entries that
 * start it, stop it, ask for its applications and start each of these, and a submenu with its label's icon.
 * False when there is no memory.
 */
bool entries_plan(const qubes_domain_list *domains, applications_of known, void *context, struct entries *out);
void entries_free(struct entries *what);

#endif
