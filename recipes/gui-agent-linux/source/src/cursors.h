/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that cursor themes use, as glyphs of the X11 cursor font, which the protocol carries. */
#ifndef AGENT_CURSORS_H
#define AGENT_CURSORS_H

#include <stdint.h>

/* The protocol's number for a cursor's name; the default cursor for names unknown and NULL. */
uint32_t cursor_by_name(const char *name);

#endif
