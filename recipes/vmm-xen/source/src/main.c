/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qubes-vmm-xen: words to verbs, failures to exit codes. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "driver.h"
#include "hotplug-linux.h"

static const char usage[] =
    "usage: qubes-vmm-xen start NAME | stop NAME | list\n"
    "       qubes-vmm-xen check           is this the admin domain of a running Xen?\n"
    "       qubes-vmm-xen plan NAME       what the domain's machine would consist of\n"
    "exit codes: 0 done, 1 system error, 2 usage, 3 no such domain, image or kernel, 5 not possible for this domain,\n"
    "            6 in use, 7 damaged domain file, 20 Xen is absent, 22 Xen or a block device refused\n";

static int report(qubes_status status, const qubes_error *err)
{
    if (status != QUBES_OK)
        fprintf(stderr, "qubes-vmm-xen: %s\n", err->text);
    return (int)status;
}

static void print_name(void *context, const char *name)
{
    (void)context;
    puts(name);
}

static int print_plan(const qubes_paths *paths, const char *name, qubes_error *err)
{
    static const char *const sources[] = {"file", "copy", "new", "layer"};
    static plan made;
    qubes_status status = driver_plan(xen_system(), paths, name, &made, err);
    if (status != QUBES_OK)
        return report(status, err);
    printf("number %u\ntype %s\nmemory %u\nvcpus %u\nkernel %s\n", (unsigned)made.domain.id, made.pv ? "pv" : "pvh",
           (unsigned)made.domain.memory_mb, (unsigned)made.domain.vcpus, made.kernel);
    for (size_t i = 0; i < made.volume_count; i++) {
        const plan_volume *volume = &made.volumes[i];
        printf("volume %s %s %s %s %s%s%s\n", volume->device, volume->name, volume->writable ? "rw" : "ro",
               sources[volume->source], volume->file, volume->base[0] ? " over " : "", volume->base);
    }
    return 0;
}

static bool read_instance(const char *uuid, xen_instance *out)
{
    if (strlen(uuid) != sizeof out->bytes * 2 || strspn(uuid, "0123456789abcdef") != sizeof out->bytes * 2)
        return false;
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        unsigned byte;
        sscanf(uuid + 2 * i, "%2x", &byte);
        out->bytes[i] = (uint8_t)byte;
    }
    return true;
}

/* Nobody sees this process's streams. */
static int watch(const qubes_paths *paths, const char *name, const xen_instance *instance, qubes_error *err)
{
    qubes_status status = driver_watch(xen_system(), paths, name, instance, err);
    openlog("qubes-vmm-xen", LOG_PID, LOG_DAEMON);
    if (status == QUBES_OK)
        syslog(LOG_NOTICE, "%s has ended", name);
    else
        syslog(LOG_ERR, "%s: %s", name, err->text);
    return (int)status;
}

/* Under its other name the program is a part of libxenlight's work. */
static bool is_hotplug(const char *program)
{
    const char *base = strrchr(program, '/');
    return strcmp(base ? base + 1 : program, "vmm-xen-hotplug") == 0;
}

static int run(int argc, char **argv)
{
    const xen *on = xen_system();
    const char *verb = argc > 1 ? argv[1] : "";
    const char *name = argc == 3 ? argv[2] : NULL;
    xen_instance instance;
    qubes_paths paths;
    qubes_error err = {QUBES_OK, ""};
    if (argc == 2 && is_hotplug(argv[0]))
        return report(hotplug(verb, &err), &err);
    if (qubes_paths_find(&paths, &err) != QUBES_OK)
        return report(err.status, &err);
    if (name && strcmp(verb, "start") == 0)
        return report(driver_start(on, &paths, name, &err), &err);
    if (name && strcmp(verb, "stop") == 0)
        return report(driver_stop(on, &paths, name, &err), &err);
    if (name && strcmp(verb, "plan") == 0)
        return print_plan(&paths, name, &err);
    if (argc == 2 && strcmp(verb, "list") == 0)
        return report(driver_list(on, &paths, print_name, NULL, &err), &err);
    if (argc == 2 && strcmp(verb, "check") == 0)
        return report(on->check(on->context, &err), &err);
    if (argc == 4 && strcmp(verb, "watch") == 0 && read_instance(argv[3], &instance))
        return watch(&paths, argv[2], &instance, &err);
    fputs(usage, argc == 2 && strcmp(verb, "--help") == 0 ? stdout : stderr);
    return argc == 2 && strcmp(verb, "--help") == 0 ? 0 : QUBES_E_USAGE;
}

int main(int argc, char **argv)
{
    int code = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("qubes-vmm-xen: standard output cannot be written\n", stderr);
        return QUBES_E_SYSTEM;
    }
    return code;
}
