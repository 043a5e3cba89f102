/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names under which services know the entries of the Start menu. Portable. */
#ifndef APP_ID_H
#define APP_ID_H

#include <stdbool.h>
#include <stddef.h>

#define APP_ID_SIZE 49 /* with "qubes.StartApp+" the 63 bytes that a service may have, and a zero byte */

/*
 * The id of an entry, from its path below the Start menu's programs: without ".lnk", "." between
 * folders, and "_" for every character that a service's argument cannot have ("Office\Word 2021.lnk"
 * is "Office.Word_2021"). false for what is no link, or does not fit.
 */
bool app_id_of(const char *path, char id[APP_ID_SIZE]);

/* The name of an entry for people: the last part of its path, without ".lnk". false as above. */
bool app_name_of(const char *path, char *name, size_t size);

#endif
