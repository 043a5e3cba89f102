/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A domain in memory against its properties as text: one table says what each property is. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>

#include "conf.h"
#include "qubes-admin/domain.h"

/* How others may use a property. */
typedef struct record_property {
    const char *name;
    bool stored;    /* kept in domain.conf */
    bool settable;  /* by a person, with prefs */
    bool halted;    /* changing it needs a halted domain: what runs must be what is shown */
    bool reference; /* the name of another domain */
} record_property;

/* The property, or NULL. */
const record_property *record_find_property(const char *key);

/* A new domain with all defaults; name and class as given. */
void record_init(qubes_domain *out, const char *name, qubes_class cls);
/* The admin domain. */
void record_init_admin(qubes_domain *out);

/* Reads a parsed file; QUBES_E_DAMAGED with "FILE:LINE: what". */
qubes_status record_read(const conf *from, const char *name, const char *file, qubes_domain *out,
                         qubes_error *err);

/* Writes all stored properties that differ from their defaults, or are in the file already. */
qubes_status record_write(const qubes_domain *from, conf *into, qubes_error *err);

/* Gives a property a value, in memory; QUBES_E_INVALID with what would be valid. */
qubes_status record_set(qubes_domain *domain, const char *key, const char *value, qubes_error *err);

#endif
