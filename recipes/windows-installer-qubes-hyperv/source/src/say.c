/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages and memory. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void line(FILE *to, const char *format, va_list args)
{
    vfprintf(to, format, args);
    fputc('\n', to);
    fflush(to);
}

bool problem(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(stderr, format, args);
    va_end(args);
    return false;
}

void note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(stdout, format, args);
    va_end(args);
}

void *keep(void *old, size_t size)
{
    void *memory = realloc(old, size);
    if (memory == NULL) {
        problem("Out of memory.");
        exit(FAILED);
    }
    return memory;
}

char *text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        problem("A message cannot be written.");
        exit(FAILED);
    }
    char *out = keep(NULL, (size_t)length + 1);
    vsnprintf(out, (size_t)length + 1, format, again);
    va_end(again);
    return out;
}

void list_add(list *to, char *item)
{
    /* Grows at every power of two. */
    if ((to->count & (to->count - 1)) == 0)
        to->items = keep(to->items, (to->count == 0 ? 1 : to->count * 2) * sizeof *to->items);
    to->items[to->count++] = item;
}

bool list_has(const list *in, const char *item)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->items[i], item) == 0)
            return true;
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void list_sort(list *items)
{
    if (items->count > 1)
        qsort(items->items, items->count, sizeof *items->items, by_bytes);
}
