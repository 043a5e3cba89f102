/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The command qubes-admin: what its files share. Every subcommand returns the exit code. */
#ifndef COMMAND_H
#define COMMAND_H

#include "qubes-admin.h"

/* The program with UTF-8 arguments; each system's main calls it. */
int command_main(int argc, char **argv);

/* Prints the error on standard error and returns its status as exit code. */
int command_fail(const qubes_error *err);
int command_usage(const char *what);

/* Arguments begin after the subcommand's words. */
int command_create(const qubes_paths *paths, int argc, char **argv);
int command_list(const qubes_paths *paths, int argc, char **argv);
int command_prefs(const qubes_paths *paths, int argc, char **argv);
int command_remove(const qubes_paths *paths, int argc, char **argv);
int command_policy_check(const qubes_paths *paths, int argc, char **argv);

#endif
