/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
    int gui_domain;
    int port;
    bool from_screen; /* copy windows from the screen instead of asking them to draw */
    bool help;
};

extern const char options_usage[];

/* On failure writes why, in one line without newline, into problem. */
bool options_parse(int argc, char *const *argv, struct options *options, char *problem, size_t problem_size);

#endif
