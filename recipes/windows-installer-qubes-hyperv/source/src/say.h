/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program tells people, and memory that lives as long as it does. */
#ifndef SETUP_SAY_H
#define SETUP_SAY_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes. REBOOT is Windows' own "success, restart needed". */
enum { DONE = 0, FAILED = 1, USAGE = 2, REBOOT = 3010 };

#define PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))

/* Prints one line on standard error and returns false, so that `return problem(...)` reads well. */
bool problem(const char *format, ...) PRINTF(1, 2);

/* Prints one line on standard output. */
void note(const char *format, ...) PRINTF(1, 2);

/*
 * A formatted string. Nothing that this program allocates is freed: it ends within one step of an
 * installation, and a lifetime that is never wrong is worth more there than memory.
 */
char *text(const char *format, ...) PRINTF(1, 2);

/* malloc and realloc that end the program when memory is exhausted. */
void *keep(void *old, size_t size);

/* A growing list of strings. */
typedef struct list {
    size_t count;
    char **items;
} list;

void list_add(list *to, char *item);
bool list_has(const list *in, const char *item);
/* Orders by bytes. */
void list_sort(list *items);

#endif
