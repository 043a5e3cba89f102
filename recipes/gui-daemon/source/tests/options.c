/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The command line: what is taken, what is refused and what it says. */
#include <string.h>

#include "check.h"
#include "options.h"

static struct options options;
static char problem[128];

static bool parse(const char *const *words)
{
    char *argv[16] = {"qubes-guid"};
    int argc = 1;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    problem[0] = 0;
    return options_parse(argc, argv, &options, problem, sizeof problem);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define GOOD "--domain", "work", "--domid", "7", "--color", "0xcc0000"

static void a_full_command_line_is_taken(void)
{
    CHECK(PARSE(GOOD));
    CHECK(strcmp(options.domain, "work") == 0 && options.domid == 7 && options.colour == 0xcc0000);
    CHECK(options.port == 6000 && !options.log && !options.help);
    CHECK(PARSE("--domain=a-b_C9", "--domid=0x10", "--color=0X00ff7f", "--vchan-port=6001", "--log=/tmp/a=b"));
    CHECK(options.domid == 16 && options.colour == 0xff7f && options.port == 6001);
    CHECK(strcmp(options.log, "/tmp/a=b") == 0);
    CHECK(PARSE("--help") && options.help);
}

static void what_is_missing_is_named(void)
{
    CHECK(!PARSE("--domid", "7", "--color", "0xcc0000") && strcmp(problem, "--domain is missing") == 0);
    CHECK(!PARSE("--domain", "work", "--color", "0xcc0000") && strcmp(problem, "--domid is missing") == 0);
    CHECK(!PARSE("--domain", "work", "--domid", "7") && strcmp(problem, "--color is missing") == 0);
    CHECK(!PARSE(GOOD, "--log") && strcmp(problem, "bad value for --log") == 0);
    CHECK(!PARSE(GOOD, "--fast", "1") && strcmp(problem, "unknown option --fast") == 0);
    CHECK(!PARSE(GOOD, "--domainx", "1") && strcmp(problem, "unknown option --domainx") == 0);
}

static void names_that_could_mislead_are_refused(void)
{
    const char *const bad[] = {"",        "9work",  "-work", "wo rk", "work]", "[work", "w\xc3\xb6rk",
                               "wo\trk", "work\n", "../x",  "a.b",   "abcdefghijklmnopqrstuvwxyzabcdef"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!PARSE("--domain", bad[i], "--domid", "7", "--color", "0xcc0000"));
        CHECK(strcmp(problem, "bad value for --domain") == 0);
    }
    CHECK(PARSE("--domain", "abcdefghijklmnopqrstuvwxyzabcde", "--domid", "7", "--color", "0xcc0000"));
}

static void numbers_are_exact(void)
{
    const char *const domids[] = {"", "x", "-1", "+1", " 1", "1 ", "0x", "2147483648", "99999999999999999999", "1e3"};
    const char *const colours[] = {"", "red", "cc0000", "#cc0000", "0xcc00", "0x1cc0000", "0xcc000g", "13369344"};

    for (size_t i = 0; i < sizeof domids / sizeof domids[0]; i++)
        CHECK(!PARSE("--domain", "work", "--domid", domids[i], "--color", "0xcc0000"));
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        CHECK(!PARSE("--domain", "work", "--domid", "1", "--color", colours[i]));
    CHECK(PARSE("--domain", "work", "--domid", "2147483647", "--color", "0xffffff"));
}

int main(void)
{
    a_full_command_line_is_taken();
    what_is_missing_is_named();
    names_that_could_mislead_are_refused();
    numbers_are_exact();
    return 0;
}
