/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What opening needs of the operating system; one implementation a system. Paths are UTF-8. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "qubes-admin.h"

#ifdef _WIN32
#define OS_SEPARATOR '\\'
#define OS_CLIENT "bin\\qrexec-client-vm.exe"
#define OS_ADMIN_CLIENT "bin\\qrexec-client.exe"
#else
#define OS_SEPARATOR '/'
#define OS_CLIENT "lib/qubes/qrexec-client-vm"
#define OS_ADMIN_CLIENT "lib/qubes/qrexec-client"
#endif

/* The absolute path; on Windows only of files on drives (see request_path_is_plain). */
qubes_status os_resolve(const char *path, char out[QUBES_PATH_MAX], qubes_error *err);

/* What tells whether a file has been changed: its size and time. False when it is not a regular file. */
typedef struct os_version {
    uint64_t size, time;
} os_version;
bool os_file_version(const char *path, os_version *out);

FILE *os_open(const char *path);
/* A new file for writing; NULL when there is one of that name. */
FILE *os_create_new(const char *path);
void os_remove(const char *path);
/* The edited file takes the place, name and permissions of the original, in one step. */
bool os_replace(const char *edited, const char *original);
/* Renames, but never over something. */
bool os_rename_new(const char *from, const char *to);

/* A program with our end of its standard input and output; both are bytes. */
typedef struct os_process {
    FILE *to, *from;
    intptr_t handle;
} os_process;
qubes_status os_start(const char *const *argv, os_process *out, qubes_error *err);
/* Closes `to` and `from` where they are open, and returns the exit code; -1 when it was killed. */
int os_finish(os_process *what);

/* Runs the function on another thread while `meanwhile` runs here, and waits for both. */
typedef void os_work(void *argument);
bool os_both(os_work *aside, void *argument, os_work *meanwhile, void *here);

/* Tells the person: on Windows a box, unless `quiet`; always standard error. */
void os_tell(const char *text, bool quiet);

/* Writes (or removes) the registration of this program; `machine`: for all users. Not on Linux. */
qubes_status os_register(const char *self, bool add, bool machine, qubes_error *err);

#endif
