/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The command line. */
#ifndef GUID_OPTIONS_H
#define GUID_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A domain's name: a letter, then letters, digits, '-' and '_'; at most 31 characters. */
#define DOMAIN_NAME_SIZE 32

struct options {
    char domain[DOMAIN_NAME_SIZE];
    int domid;
    uint32_t colour; /* 0xRRGGBB */
    int port;
    const char *log; /* NULL: standard error */
    bool help;
};

extern const char options_usage[];

/*
 * Fills options from UTF-8 arguments. On failure writes why, in one line without newline, into
 * problem and returns false. --domain, --domid and --color are required.
 */
bool options_parse(int argc, char *const *argv, struct options *options, char *problem, size_t problem_size);

#endif
