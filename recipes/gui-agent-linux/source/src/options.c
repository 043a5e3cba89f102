/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: two numbers, each with a default. */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qubes-gui/protocol.h>

const char options_usage[] =
    "usage: qubes-gui-agent [--gui-domain N] [--vchan-port P]\n"
    "Shows the windows of this desktop in the GUI domain.\n"
    "  --gui-domain N    the domain that may connect (default 0)\n"
    "  --vchan-port P    where to listen for its daemon (default 6000)\n"
    "Exit codes: 1 cannot run, 2 usage; it does not end by itself otherwise.\n";

static bool parse_number(const char *text, int *number)
{
    unsigned long value;

    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    value = strtoul(text, NULL, 10);
    *number = (int)value;
    return errno == 0 && value <= INT_MAX;
}

bool options_parse(int argc, char *const *argv, struct options *options, char *problem, size_t problem_size)
{
    *options = (struct options){.gui_domain = 0, .port = GUI_VCHAN_PORT};
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        int length = equals ? (int)(equals - argv[i]) : (int)strlen(argv[i]);
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[i + 1] : "";
        bool domain = length == 12 && memcmp(argv[i], "--gui-domain", 12) == 0;
        bool port = length == 12 && memcmp(argv[i], "--vchan-port", 12) == 0;

        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
            return true;
        }
        if (!domain && !port) {
            snprintf(problem, problem_size, "unknown option %.40s", argv[i]);
            return false;
        }
        if (!parse_number(value, domain ? &options->gui_domain : &options->port)) {
            snprintf(problem, problem_size, "bad value for %.*s", length, argv[i]);
            return false;
        }
        i += !equals;
    }
    return true;
}
