/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees: relative paths, walking, making and removing. Links are never followed. */
#ifndef SETUP_TREE_H
#define SETUP_TREE_H

#include <stdbool.h>

#include "say.h"

/*
 * A path below some directory, written with '/': no empty, "." or ".." part, no drive, backslash,
 * control character or other character that Windows gives a meaning (< > : " | ? *).
 */
bool relative_path_is_sound(const char *path);

char *join(const char *directory, const char *relative);

/* Makes a directory and those above it. Fails where a link or a file is in the way. */
bool make_directories(const char *path);
/* Makes the directories above an absolute path. */
bool make_directories_above(const char *path);
/* Makes the directories above `relative`, below `root`. */
bool make_parents(const char *root, const char *relative);

/* Relative paths of all files below root, ordered; links and special files are a failure. */
bool files_below(const char *root, list *files);

/* Removes a directory and everything below; a link in it is removed, not what it leads to. */
bool remove_tree(const char *path);

/* Removes those directories of the files that are empty, deepest first, and at last root itself. */
void remove_empty_directories(const char *root, const list *files);

/* Reads a text file of sound relative paths, one a line. A file that is not there is an empty list. */
bool read_paths(const char *file, list *paths);
/* Writes such a file so that it is whole or absent. */
bool write_paths(const char *file, const list *paths);

#endif
