/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * The text of domain.conf, as a list of lines that keeps what it does not know.
 *
 *     qubes-domain 1          first line: the format and its version
 *     # a comment             kept
 *     key = value             keys: a-z, 0-9 and '_', beginning with a letter, each once
 */
#ifndef CONF_H
#define CONF_H

#include <stddef.h>

#include "qubes-admin/error.h"

#define CONF_SIZE_MAX 65536
#define CONF_LINES_MAX 512

typedef struct conf_line {
    char *key;  /* NULL: a comment or an empty line, text holds all of it */
    char *text; /* the value */
} conf_line;

typedef struct conf {
    size_t count;
    conf_line *lines;
} conf;

/* Begins an empty file; also what must be done before conf_parse. */
void conf_init(conf *out);
void conf_free(conf *what);

/* QUBES_E_DAMAGED with "FILE:LINE: what" for anything that breaks the format. */
qubes_status conf_parse(const char *data, size_t size, const char *file, conf *out, qubes_error *err);

/* The value of a key, or NULL. */
const char *conf_get(const conf *what, const char *key);

/* The line of the file that gives the key, or 1. */
unsigned conf_line_of(const conf *what, const char *key);

/* Gives the key a value where it stands, or at the end. The value must be one printable line. */
qubes_status conf_set(conf *what, const char *key, const char *value, qubes_error *err);

/* The text to be written; freed by the caller. */
qubes_status conf_text(const conf *what, char **data, size_t *size, qubes_error *err);

#endif
