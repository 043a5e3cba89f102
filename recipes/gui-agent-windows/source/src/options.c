/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: every option takes a value, as the next argument or after '='. */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qubes-gui/protocol.h>

const char options_usage[] =
    "usage: qubes-gui-agent [--gui-domain N] [--vchan-port P] [--capture print|screen]\n"
    "Shows the windows of this desktop in the GUI domain.\n"
    "  --gui-domain N           the domain that may connect (default 0)\n"
    "  --vchan-port P           where to listen for its daemon (default 6000)\n"
    "  --capture print|screen   ask windows to draw themselves (default), or copy what is\n"
    "                           on the screen, where other windows may cover them\n"
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

static bool parse_capture(const char *text, bool *from_screen)
{
    *from_screen = strcmp(text, "screen") == 0;
    return *from_screen || strcmp(text, "print") == 0;
}

/* 1 when taken, 0 for a bad value, -1 for no such option. */
static int apply(struct options *options, const char *name, size_t length, const char *value)
{
    if (length == 12 && memcmp(name, "--gui-domain", 12) == 0)
        return parse_number(value, &options->gui_domain);
    if (length == 12 && memcmp(name, "--vchan-port", 12) == 0)
        return parse_number(value, &options->port);
    if (length == 9 && memcmp(name, "--capture", 9) == 0)
        return parse_capture(value, &options->from_screen);
    return -1;
}

bool options_parse(int argc, char *const *argv, struct options *options, char *problem, size_t problem_size)
{
    *options = (struct options){.gui_domain = 0, .port = GUI_VCHAN_PORT};
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t length = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[i + 1] : "";
        int taken;

        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
            return true;
        }
        taken = apply(options, argv[i], length, value);
        if (taken <= 0) {
            snprintf(problem, problem_size, "%s %.*s", taken < 0 ? "unknown option" : "bad value for",
                     (int)(length < 40 ? length : 40), argv[i]);
            return false;
        }
        i += !equals;
    }
    return true;
}
