/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The command qubes-admin: which subcommand runs, and how errors are shown. */
#include "command.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: qubes-admin create NAME [--class AppVM|TemplateVM|StandaloneVM|DispVM] [--label LABEL]\n"
    "                               [--template TEMPLATE] [--netvm NETVM]\n"
    "       qubes-admin list [--raw|--json] [--refresh]\n"
    "       qubes-admin prefs NAME [KEY [VALUE]]\n"
    "       qubes-admin remove NAME [--force]\n"
    "       qubes-admin start NAME\n"
    "       qubes-admin stop NAME\n"
    "       qubes-admin labels\n"
    "       qubes-admin template register [--checked] NAME FILE SHA256\n"
    "       qubes-admin policy check SERVICE[+ARGUMENT] SOURCE TARGET\n"
    "       qubes-admin paths\n"
    "exit codes: 0 done (policy: allowed), 1 system error, 2 usage, 3 not found, 4 exists, 5 invalid value,\n"
    "            6 in use, 7 damaged file or policy, 8 denied by policy, 9 policy asks the user,\n"
    "            10 VMM driver failed\n";

int command_fail(const qubes_error *err)
{
    fprintf(stderr, "qubes-admin: %s\n", err->text);
    return (int)err->status;
}

int command_usage(const char *what)
{
    fprintf(stderr, "qubes-admin: %s\n%s", what, usage);
    return QUBES_E_USAGE;
}

static int command_labels(const qubes_paths *paths, int argc, char **argv)
{
    (void)paths, (void)argv;
    if (argc != 0)
        return command_usage("labels takes no arguments");
    for (size_t i = 0; i < QUBES_LABEL_COUNT; i++)
        printf("%u %s #%06x\n", qubes_labels[i].index, qubes_labels[i].name, (unsigned)qubes_labels[i].rgb);
    return QUBES_OK;
}

static int command_paths(const qubes_paths *paths, int argc, char **argv)
{
    (void)argv;
    if (argc != 0)
        return command_usage("paths takes no arguments");
    printf("install=%s\ndata=%s\npolicy=%s\ndriver=%s\n", paths->install, paths->data, paths->policy, paths->driver);
    return QUBES_OK;
}

static int command_start(const qubes_paths *paths, int argc, char **argv)
{
    qubes_error err;
    if (argc != 1)
        return command_usage("start takes the name of a domain");
    return qubes_vmm_start(paths, argv[0], &err) == QUBES_OK ? QUBES_OK : command_fail(&err);
}

static int command_stop(const qubes_paths *paths, int argc, char **argv)
{
    qubes_error err;
    if (argc != 1)
        return command_usage("stop takes the name of a domain");
    return qubes_vmm_stop(paths, argv[0], &err) == QUBES_OK ? QUBES_OK : command_fail(&err);
}

static int command_template_register(const qubes_paths *paths, int argc, char **argv)
{
    qubes_error err;
    bool checked = argc > 0 && strcmp(argv[0], "--checked") == 0;
    if (checked)
        argc--, argv++;
    if (argc != 3)
        return command_usage("template register takes NAME FILE SHA256");
    qubes_status status = checked ? qubes_template_register_checked(paths, argv[0], argv[1], argv[2], &err)
                                  : qubes_template_register(paths, argv[0], argv[1], argv[2], &err);
    return status == QUBES_OK ? QUBES_OK : command_fail(&err);
}

static const struct {
    const char *word, *second; /* second: NULL when one word suffices */
    int (*run)(const qubes_paths *paths, int argc, char **argv);
} subcommands[] = {
    {"create", NULL, command_create},
    {"list", NULL, command_list},
    {"prefs", NULL, command_prefs},
    {"remove", NULL, command_remove},
    {"start", NULL, command_start},
    {"stop", NULL, command_stop},
    {"labels", NULL, command_labels},
    {"paths", NULL, command_paths},
    {"template", "register", command_template_register},
    {"policy", "check", command_policy_check},
};

int command_main(int argc, char **argv)
{
    qubes_paths paths;
    qubes_error err;
    if (argc < 2)
        return command_usage("which subcommand?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        fputs(usage, stdout);
        return QUBES_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("qubes-admin " QUBES_ADMIN_VERSION);
        return QUBES_OK;
    }
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        int words = subcommands[i].second ? 2 : 1;
        if (strcmp(argv[1], subcommands[i].word) != 0 ||
            (words == 2 && (argc < 3 || strcmp(argv[2], subcommands[i].second) != 0)))
            continue;
        if (qubes_paths_find(&paths, &err) != QUBES_OK)
            return command_fail(&err);
        int code = subcommands[i].run(&paths, argc - 1 - words, argv + 1 + words);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            fputs("qubes-admin: standard output cannot be written\n", stderr);
            return QUBES_E_SYSTEM;
        }
        return code;
    }
    return command_usage("no such subcommand");
}
