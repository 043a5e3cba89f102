/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: defaults, both forms of an option, and what is refused. */
#include <string.h>

#include "check.h"
#include "options.h"

static struct options options;
static char problem[128];

static bool parse(const char *const *words)
{
    char *argv[8] = {"qubes-gui-agent"};
    int argc = 1;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    return options_parse(argc, argv, &options, problem, sizeof problem);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

int main(void)
{
    const char *const bad[] = {"", "-1", "x", "1x", "0x10", "2147483648", "99999999999999999999"};

    CHECK(PARSE(NULL) && options.gui_domain == 0 && options.port == 6000 && !options.help);
    CHECK(PARSE("--gui-domain", "3", "--vchan-port=6001") && options.gui_domain == 3 && options.port == 6001);
    CHECK(PARSE("--help") && options.help);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!PARSE("--gui-domain", bad[i]));
        CHECK(strcmp(problem, "bad value for --gui-domain") == 0);
    }
    CHECK(!PARSE("--vchan-port") && strcmp(problem, "bad value for --vchan-port") == 0);
    CHECK(!PARSE("--gui-domains", "1") && strcmp(problem, "unknown option --gui-domains") == 0);
    return 0;
}
