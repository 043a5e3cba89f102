/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The applications that a domain says it has: bytes of another domain, of which only what is harmless is kept. */
#ifndef APPLICATIONS_H
#define APPLICATIONS_H

#include <stdbool.h>
#include <stddef.h>

#define APPLICATIONS_MOST 200         /* of one domain; more would be no menu */
#define APPLICATIONS_BYTES_MOST 65536 /* of a domain's answer */
#define APPLICATION_ID_MOST 100       /* bytes: the argument of qubes.StartApp */
#define APPLICATION_NAME_MOST 60      /* bytes shown in a menu */

struct application {
    char id[APPLICATION_ID_MOST + 1];     /* letters, digits, '.', '_' and '-'; begins with a letter or digit */
    char name[APPLICATION_NAME_MOST + 1]; /* printable ASCII but '\\'; no space at either end */
};

struct applications {
    size_t count;
    struct application items[APPLICATIONS_MOST];
};

/*
 * Reads the answer of qubes.GetAppmenus: a line `ID|NAME` for each application. Lines whose ID breaks the rule above
 * and those that repeat an ID are left out; characters that a NAME must not have become '_'.
 */
void applications_parse(const char *bytes, size_t size, struct applications *out);

/* The same as text in that format, of which `size` bytes are enough when it is APPLICATIONS_BYTES_MOST. */
size_t applications_write(const struct applications *in, char *out, size_t size);

#endif
