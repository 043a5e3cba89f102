/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running one of the system's tools. */
#ifndef PROGRAM_LINUX_H
#define PROGRAM_LINUX_H

#include "qubes-admin.h"

/*
 * Runs argv[0], looked for in the system's directories, never through a shell. `output` gets the beginning of what
 * it printed, without the last newline; `why` the last line of its complaints. Its exit code, or -1.
 */
int program_run(const char *const *argv, char *output, size_t output_size, char *why, size_t why_size);

#endif
