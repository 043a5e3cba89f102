/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written to the registry so that Windows offers Qubes for documents and links. Pure. */
#ifndef REGISTRATION_H
#define REGISTRATION_H

#include <stdbool.h>

/*
 * One value: a key below HKLM or HKCU, the value's name ("" for the default) and its text. `whole_key`:
 * the key is ours alone and is deleted with all below it at removal; else only the value is.
 */
typedef bool registration_visit(void *context, const char *key, const char *name, const char *text, bool whole_key);

/*
 * Calls back with every value for a program at this path. False as soon as a callback returns it.
 * Windows lets only the person make a program the default; this makes Qubes appear in that choice.
 */
bool registration_each(const char *program, registration_visit *visit, void *context);

#endif
