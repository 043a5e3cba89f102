/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qubes-vmm-hyperv: words to verbs, failures to exit codes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

static const char usage[] =
    "usage: qubes-vmm-hyperv start NAME | stop NAME | list\n"
    "       qubes-vmm-hyperv check                    is everything there that domains need?\n"
    "       qubes-vmm-hyperv document NAME            what Hyper-V would be given for this domain\n"
    "       qubes-vmm-hyperv register | unregister    the socket services of Qubes, for an installer\n"
    "exit codes: 0 done, 1 system error, 2 usage, 3 no such domain or image, 5 not possible for this domain,\n"
    "            6 in use, 7 damaged domain file, 20 Hyper-V is absent, 21 no right to use it,\n"
    "            22 Hyper-V refused\n";

static int report(qubes_status status, const qubes_error *err)
{
    if (status != QUBES_OK)
        fprintf(stderr, "qubes-vmm-hyperv: %s\n", err->text);
    return (int)status;
}

static void print_name(void *context, const char *name)
{
    (void)context;
    puts(name);
}

static int print_document(const qubes_paths *paths, const char *name, qubes_error *err)
{
    char *document;
    qubes_status status = driver_document(hyperv_system(), paths, name, &document, err);
    if (status == QUBES_OK) {
        puts(document);
        free(document);
    }
    return report(status, err);
}

static int run(int argc, char **argv)
{
    const hyperv *on = hyperv_system();
    const char *verb = argc > 1 ? argv[1] : "";
    const char *name = argc == 3 ? argv[2] : NULL;
    qubes_paths paths;
    qubes_error err = {QUBES_OK, ""};
    if (qubes_paths_find(&paths, &err) != QUBES_OK)
        return report(err.status, &err);
    if (name && strcmp(verb, "start") == 0)
        return report(driver_start(on, &paths, name, &err), &err);
    if (name && strcmp(verb, "stop") == 0)
        return report(driver_stop(on, &paths, name, &err), &err);
    if (name && strcmp(verb, "document") == 0)
        return print_document(&paths, name, &err);
    if (argc == 2 && strcmp(verb, "list") == 0)
        return report(driver_list(on, &paths, print_name, NULL, &err), &err);
    if (argc == 2 && strcmp(verb, "check") == 0)
        return report(on->check(on->context, &err), &err);
    if (argc == 2 && (strcmp(verb, "register") == 0 || strcmp(verb, "unregister") == 0))
        return report(driver_register(on, verb[0] == 'r', &err), &err);
    fputs(usage, argc == 2 && strcmp(verb, "--help") == 0 ? stdout : stderr);
    return argc == 2 && strcmp(verb, "--help") == 0 ? 0 : QUBES_E_USAGE;
}

int driver_main(int argc, char **argv)
{
    int code = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("qubes-vmm-hyperv: standard output cannot be written\n", stderr);
        return QUBES_E_SYSTEM;
    }
    return code;
}
