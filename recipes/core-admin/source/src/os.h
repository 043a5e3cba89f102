/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the library needs from the operating system; one implementation a system. Paths are UTF-8. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "qubes-admin/error.h"
#include "qubes-admin/paths.h"

#ifdef _WIN32
#define OS_SEPARATOR '\\'
#else
#define OS_SEPARATOR '/'
#endif

bool os_path_is_absolute(const char *path);

/* Fills in the directories of this machine; `driver` and `policy` too. See qubes_paths_find. */
qubes_status os_find_paths(qubes_paths *out, qubes_error *err);

/*
 * The whole file, followed by a NUL that is not counted; freed by the caller. QUBES_E_NOT_FOUND when
 * it does not exist, QUBES_E_DAMAGED when it is larger than the limit.
 */
qubes_status os_read_file(const char *path, size_t limit, char **data, size_t *size, qubes_error *err);

/* Replaces the file in one step: readers see the old or the new content, also after a crash. */
qubes_status os_write_file(const char *path, const char *data, size_t size, qubes_error *err);

/* Opens for reading as bytes; NULL with err filled in. */
FILE *os_open_file(const char *path, qubes_error *err);

typedef struct os_entry {
    char *name;
    bool directory;
} os_entry;

typedef struct os_listing {
    size_t count;
    os_entry *entries; /* in the order of their names' bytes, without "." and ".." */
} os_listing;

/* An absent directory is an empty listing with *exists false (exists may be NULL). */
qubes_status os_list_directory(const char *path, os_listing *out, bool *exists, qubes_error *err);
void os_listing_free(os_listing *listing);

bool os_exists(const char *path);
qubes_status os_make_directories(const char *path, qubes_error *err);
qubes_status os_rename(const char *from, const char *to, qubes_error *err);
/* Removes a file, or a directory with all below it, never following links. Absent is success. */
qubes_status os_remove_tree(const char *path, qubes_error *err);

/* An exclusive lock on a file that is created when absent; the system frees it when we die. */
typedef struct os_lock {
    intptr_t handle;
} os_lock;

/* With wait false, QUBES_E_IN_USE when another holds it. */
qubes_status os_lock_file(const char *path, bool wait, os_lock *out, qubes_error *err);
void os_unlock_file(os_lock *lock);

typedef struct os_run_result {
    int exit_code;
    bool timed_out;   /* it was killed */
    char *output;     /* standard output, terminated; freed by the caller */
    char *diagnostic; /* standard error, terminated; freed by the caller */
} os_run_result;

/*
 * Runs a program with an argument array (argv[0] included, ended by NULL) and waits for it and for
 * the end of both of its streams. Each stream is kept up to 256 KiB. A program that could not be
 * started is QUBES_E_DRIVER.
 */
qubes_status os_run(const char *program, const char *const *argv, unsigned timeout_seconds,
                    os_run_result *out, qubes_error *err);

#endif
