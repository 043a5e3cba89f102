/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qubes-vmm-kvm: words to verbs, failures to exit codes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "machine.h"

static const char usage[] =
    "usage: qubes-vmm-kvm start NAME | stop NAME | list\n"
    "       qubes-vmm-kvm check            does libvirt answer?\n"
    "       qubes-vmm-kvm document NAME    what libvirt would be given for this domain\n"
    "exit codes: 0 done, 1 system error, 2 usage, 3 no such domain or image, 5 not possible for this domain,\n"
    "            6 in use, 7 damaged domain file or settings, 20 no libvirt, 22 libvirt or qemu-img refused\n";

static int report(qubes_status status, const qubes_error *err)
{
    if (status != QUBES_OK)
        fprintf(stderr, "qubes-vmm-kvm: %s\n", err->text);
    return (int)status;
}

static void print_name(void *context, const char *name)
{
    (void)context;
    puts(name);
}

static qubes_status print_document(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                                   qubes_error *err)
{
    char *document;
    qubes_status status = driver_document(on, how, paths, name, &document, err);
    if (status == QUBES_OK) {
        fputs(document, stdout);
        free(document);
    }
    return status;
}

static int run(int argc, char **argv)
{
    const host *on = host_system();
    const char *verb = argc > 1 ? argv[1] : "";
    const char *name = argc == 3 ? argv[2] : NULL;
    qubes_paths paths;
    settings how;
    qubes_error err = {QUBES_OK, ""};
    if (argc == 2 && strcmp(verb, "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (qubes_paths_find(&paths, &err) != QUBES_OK || settings_load(&how, &err) != QUBES_OK)
        return report(err.status, &err);
    if (name && strcmp(verb, "start") == 0)
        return report(driver_start(on, &how, &paths, name, &err), &err);
    if (name && strcmp(verb, "stop") == 0)
        return report(driver_stop(on, &how, &paths, name, &err), &err);
    if (name && strcmp(verb, "document") == 0)
        return report(print_document(on, &how, &paths, name, &err), &err);
    if (argc == 2 && strcmp(verb, "list") == 0)
        return report(driver_list(on, &how, &paths, print_name, NULL, &err), &err);
    if (argc == 2 && strcmp(verb, "check") == 0)
        return report(machine_check(on, &how, &err), &err);
    fputs(usage, stderr);
    return QUBES_E_USAGE;
}

int main(int argc, char **argv)
{
    int code = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("qubes-vmm-kvm: standard output cannot be written\n", stderr);
        return QUBES_E_SYSTEM;
    }
    return code;
}
