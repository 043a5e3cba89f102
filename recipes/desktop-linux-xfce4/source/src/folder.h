/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories of a person's menus: brought in line with a plan, touching nobody else's files. */
#ifndef FOLDER_H
#define FOLDER_H

#include "entries.h"

#define FOLDER_PATH_MOST 4096

struct folders {
    char directory[PLACES][FOLDER_PATH_MOST];
};

/* By the XDG Base Directory specification: $XDG_DATA_HOME and $XDG_CONFIG_HOME, else below $HOME. False without any. */
bool folders_find(struct folders *out);

/* Reads a file of at most `size` bytes; its length, or -1 when it is not there or longer. */
long folder_read(const struct folders *folders, enum place place, const char *file, char *out, size_t size);

/* Replaces or creates a file in one step. False with errno. */
bool folder_write(const struct folders *folders, enum place place, const char *file, const char *text);

/* Writes what is missing or differs and removes what is ours and not planned. The number of changes; -1 with errno. */
long folders_apply(const struct folders *folders, const struct entries *planned);

#endif
