/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON documents and reading the one that Hyper-V's list is. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A document in the making. After an overflow or a lack of memory it stays failed and empty. */
typedef struct json_writer {
    char *text; /* terminated */
    size_t length, room;
    bool failed;
    bool first; /* no comma before the next member */
} json_writer;

void json_begin(json_writer *out);
void json_free(json_writer *out);

/* A member of the enclosing object (name) or array (NULL). */
void json_open(json_writer *out, const char *name, char bracket); /* '{' or '[' */
void json_close(json_writer *out, char bracket);                  /* '}' or ']' */
void json_text(json_writer *out, const char *name, const char *value);
void json_number(json_writer *out, const char *name, uint64_t value);
void json_flag(json_writer *out, const char *name, bool value);

/*
 * Reads an array of objects and hands over, for each, the values of the two members that matter:
 * strings named `first` and `second`, "" when absent or too long. Values inside nested objects do
 * not count. False when the text is not such an array. Bounded and without recursion.
 */
typedef void json_visit(void *context, const char *first, const char *second);
bool json_read_pairs(const char *text, size_t length, const char *first, const char *second, json_visit *visit,
                     void *context);

#endif
