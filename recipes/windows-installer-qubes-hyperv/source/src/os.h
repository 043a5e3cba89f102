/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program needs of an operating system's files. Paths are UTF-8 and absolute. */
#ifndef SETUP_OS_H
#define SETUP_OS_H

#include <stdbool.h>
#include <stdio.h>

#include "say.h"

/* A LINK is anything that leads elsewhere: symbolic links, junctions, mount points. Never followed. */
typedef enum kind { NOTHING, FILE_KIND, DIRECTORY, LINK, OTHER } kind;

kind os_kind(const char *path);

/* These report nothing themselves; os_reason() says why the last one failed. */
bool os_make_directory(const char *path);
/* Within one volume; fails when the target exists. */
bool os_move(const char *from, const char *to);
/* Removes a file or a link, never what it leads to; read-only ones too. */
bool os_remove_file(const char *path);
bool os_remove_directory(const char *path);
/* Windows: takes a file in use away under another name, and removes it when the computer starts next; an
 * empty directory too. Linux has no need and fails. */
bool os_remove_later(const char *path);
/* Names in a directory, without "." and "..", ordered by bytes. */
bool os_names(const char *path, list *names);
FILE *os_open(const char *path, const char *mode);
/* Writes everything down to the disk and closes; false when any byte may be missing. */
bool os_close_safely(FILE *file);
const char *os_reason(void);

/* Only administrators and the system may change what is below; everybody may read. */
bool os_protect(const char *directory);
/* The path from the root, without "." and ".." and without a separator at its end; NULL for none. */
char *os_absolute(const char *path);
/* Whether an absolute path is more than the root of a volume or of a share. */
bool os_is_safe_root(const char *path);
/* Hidden or system files, which a person does not think of as documents. */
bool os_is_hidden(const char *path);

/* Runs a program and waits; its exit code, or -1 when it cannot be started. */
long os_run(const char *program, char *const arguments[], size_t count);

/* Where this person's documents are; NULL when it is unknown. */
char *os_profile(void);

/* Adds a directory to, or removes it from, the machine's or the person's PATH. Windows only. */
bool os_path_add(const char *directory, bool machine);
bool os_path_remove(const char *directory, bool machine);
/* Removes the value DataDir of a registry key, and the key when nothing else is in it. Windows only. */
bool os_forget_data(const char *key, bool machine);

#ifndef _WIN32
/* For tests: when positive, the n-th change of the file system from now on kills the process instead. */
extern long os_changes_left;
#endif

#endif
