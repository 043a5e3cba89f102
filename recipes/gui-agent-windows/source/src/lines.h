/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of lines: one character between domains, two on this system. */
#ifndef AGENT_LINES_H
#define AGENT_LINES_H

#include <stddef.h>

/* Copies size bytes of text without each CR that stands before LF; out has room for size. The new size. */
size_t lines_to_wire(char *out, const char *text, size_t size);

/* Copies text with CR before each LF that lacks one; out has room for twice size. The new size. */
size_t lines_from_wire(char *out, const char *text, size_t size);

#endif
