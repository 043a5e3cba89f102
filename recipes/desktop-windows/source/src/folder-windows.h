/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: our folder of the start menu, and what its shortcuts hold. */
#ifndef FOLDER_WINDOWS_H
#define FOLDER_WINDOWS_H

#include <windows.h>

#include "menu.h"

typedef struct folder {
    wchar_t path[MAX_PATH];    /* ...\Programs\Qubes Domains */
    wchar_t program[MAX_PATH]; /* what our shortcuts start */
} folder;

/* Finds the folder: the person's, or with `machine` that of all users, or below `parent` when not NULL. */
qubes_status folder_find(bool machine, const wchar_t *parent, folder *out, qubes_error *err);

/* The port for menu_apply. COM must be initialised. */
menu_folder folder_port(folder *of);

/* Removes the folder when nothing is in it any more. */
void folder_remove_if_empty(const folder *of);

#endif
