/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying a person's existing documents to where a domain finds them. */
#ifndef SETUP_PROFILE_H
#define SETUP_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "say.h"

typedef struct profile_count {
    size_t copied, present, left_out;
    uint64_t bytes;
} profile_count;

/*
 * Copies the folders (Documents, Pictures, …) of `profile` that exist to the same names below `to`.
 * Nothing is overwritten and nothing is removed; links, hidden and special files are left out, and
 * so is `to` itself should it be below the profile. A name that is taken counts as present.
 */
bool profile_import(const char *profile, const char *to, const list *folders, profile_count *count);

#endif
