/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The command line: every option takes a value, as the next argument or after '='. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qubes-gui/protocol.h>

const char options_usage[] =
    "usage: qubes-guid --domain NAME --domid N --color 0xRRGGBB [--vchan-port P] [--log FILE]\n"
    "Draws the windows of domain NAME, which runs as domain N, on this desktop.\n"
    "  --domain NAME       shown before each window's title\n"
    "  --domid N           the domain to connect to\n"
    "  --color 0xRRGGBB    of the border around each of its windows\n"
    "  --vchan-port P      where its GUI agent listens (default 6000)\n"
    "  --log FILE          append messages to FILE instead of standard error\n"
    "Control+Shift+C copies the domain's clipboard, Control+Shift+V pastes into it.\n"
    "Exit codes: 0 the domain ended, 1 cannot run, 2 usage, 3 the domain's agent misbehaved.\n";

/* A number in decimal or after 0x, nothing around it. */
static bool parse_number(const char *text, unsigned long long most, unsigned long long *number)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";

    if (!*digits || digits[strspn(digits, allowed)])
        return false;
    errno = 0;
    *number = strtoull(digits, NULL, hex ? 16 : 10);
    return errno == 0 && *number <= most;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool parse_domain(const char *text, char *domain)
{
    size_t length = strlen(text);

    if (length >= DOMAIN_NAME_SIZE || !letter(text[0]))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!letter(text[i]) && !(text[i] >= '0' && text[i] <= '9') && text[i] != '-' && text[i] != '_')
            return false;
    }
    memcpy(domain, text, length + 1);
    return true;
}

/* RRGGBB with exactly six digits after 0x, so that no shortened colour is misread. */
static bool parse_colour(const char *text, uint32_t *colour)
{
    unsigned long long number;

    if (strlen(text) != 8 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X') ||
        !parse_number(text, 0xffffff, &number))
        return false;
    *colour = (uint32_t)number;
    return true;
}

enum seen { DOMAIN = 1, DOMID = 2, COLOUR = 4 };

/* One option with its value: which of the required ones it is, 0 for another, -1 for a bad value, -2 unknown. */
static int apply(struct options *options, const char *name, size_t length, const char *value)
{
    unsigned long long number = 0;

#define IS(text) (length == sizeof text - 1 && memcmp(name, text, length) == 0)
    if (IS("--domain"))
        return parse_domain(value, options->domain) ? DOMAIN : -1;
    if (IS("--color"))
        return parse_colour(value, &options->colour) ? COLOUR : -1;
    if (IS("--domid")) {
        if (!parse_number(value, 0x7fffffff, &number))
            return -1;
        options->domid = (int)number;
        return DOMID;
    }
    if (IS("--vchan-port")) {
        if (!parse_number(value, 0x7fffffff, &number))
            return -1;
        options->port = (int)number;
        return 0;
    }
    if (IS("--log")) {
        options->log = value;
        return *value ? 0 : -1;
    }
#undef IS
    return -2;
}

bool options_parse(int argc, char *const *argv, struct options *options, char *problem, size_t problem_size)
{
    int seen = 0;

    memset(options, 0, sizeof *options);
    options->port = GUI_VCHAN_PORT;
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t length = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[i + 1] : "";
        int which;

        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
            return true;
        }
        which = apply(options, argv[i], length, value);
        if (which < 0) {
            snprintf(problem, problem_size, which == -2 ? "unknown option %.*s" : "bad value for %.*s",
                     (int)(length < 40 ? length : 40), argv[i]);
            return false;
        }
        seen |= which;
        i += !equals;
    }
    if (seen == (DOMAIN | DOMID | COLOUR))
        return true;
    snprintf(problem, problem_size, "%s is missing",
             !(seen & DOMAIN) ? "--domain" : !(seen & DOMID) ? "--domid" : "--color");
    return false;
}
