/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing XML: a template of ours with values in it that are always escaped. */
#ifndef XML_H
#define XML_H

#include <stdbool.h>
#include <stddef.h>

typedef struct xml {
    char *text; /* terminated; freed by xml_free */
    size_t length, room;
    bool failed; /* no memory, or a value that XML cannot carry */
} xml;

void xml_begin(xml *out);
void xml_free(xml *out);

/* Adds `markup` as it is; each '%' in it stands for the next of the values, which end with NULL. */
void xml_add(xml *out, const char *markup, ...);

#endif
