/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which windows of a Windows desktop the user should see, and as what: a pure function over what
 * the system says of each.
 */
#ifndef AGENT_CHOOSE_H
#define AGENT_CHOOSE_H

#include <stdbool.h>
#include <stdint.h>

/* Styles as in winuser.h, so that this compiles anywhere. */
#define FACT_CAPTION 0x00c00000u
#define FACT_THICK_FRAME 0x00040000u
#define FACT_TOOL_WINDOW 0x00000080u
#define FACT_APP_WINDOW 0x00040000u
#define FACT_NO_ACTIVATE 0x08000000u

struct facts {
    const char *class_name; /* UTF-8 */
    uint32_t style, extended_style;
    bool visible;
    bool cloaked;  /* visible, but not shown by the compositor */
    bool own;      /* of the agent itself */
    bool owned;    /* belongs to another window */
    uint32_t width, height;
};

/* Is it one of an application's windows? The desktop's own furniture and daemons' windows are not. */
bool choose_shown(const struct facts *facts);

/* Is it a menu or the like, which no window manager should touch? */
bool choose_menu(const struct facts *facts);

/* May the user change its size? */
bool choose_resizable(const struct facts *facts);

#endif
