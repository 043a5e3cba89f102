/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon does in processes of its own program: relay a call, serve one, start and stop domains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "qrexec/session.h"
#include "relay.h"

struct os_process *task_start(const char *const *arguments, const char *variable)
{
    char program[OS_PATH_SIZE], why[256] = "";
    const char *argv[TASK_ROOM + 2] = {program}, *environment[3] = {qrexec_session_environment[0], variable, NULL};
    struct os_stream *none[3] = {NULL};
    struct os_process_spec spec = {
        .argv = argv,
        .environment = environment,
        .stdio = {OS_STDIO_NOTHING, OS_STDIO_INHERIT, OS_STDIO_INHERIT},
    };

    for (size_t i = 0; i < TASK_ROOM && arguments[i] != NULL; i++)
        argv[i + 1] = arguments[i];
    struct os_process *process = os_own_program(program) ? os_process_start(&spec, none, why, sizeof(why)) : NULL;
    if (process == NULL)
        say("cannot start %s: %s", arguments[0], why);
    return process;
}

/* ---- Domains ---- */

static int report(qubes_status status, const char *what, const qubes_error *error)
{
    if (status != QUBES_OK)
        say("%s: %s", what, error->text);
    return (int)status;
}

static int change(const char *verb, const char *name)
{
    qubes_paths paths;
    qubes_error error;
    qubes_status status = qubes_paths_find(&paths, &error);

    if (status == QUBES_OK)
        status = strcmp(verb, "--start") == 0 ? qubes_vmm_start(&paths, name, &error)
                                              : qubes_vmm_stop(&paths, name, &error);
    return report(status, name, &error);
}

/* What runs is found out, then every domain that starts with the machine is started. */
static int start_with_machine(void)
{
    qubes_domain_list list = {0};
    qubes_paths paths;
    qubes_error error;
    qubes_status status = qubes_paths_find(&paths, &error);

    if (status == QUBES_OK)
        status = qubes_vmm_refresh(&paths, &error);
    if (status == QUBES_OK)
        status = qubes_domain_list_load(&paths, &list, &error);
    if (status != QUBES_OK)
        return report(status, "domains are not started with the machine", &error);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].autostart && list.items[i].cls != QUBES_CLASS_ADMIN)
            report(qubes_vmm_start(&paths, list.items[i].name, &error), list.items[i].name, &error);
    qubes_domain_list_free(&list);
    return 0;
}

/* ---- As a process ---- */

bool qrexec_is_daemon_task(int argc, char **argv)
{
    static const char *const tasks[] = {"--relay", "--relay-local", "--start", "--stop", "--autostart"};

    if (qrexec_is_session(argc, argv))
        return true;
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]) && argc > 1; i++)
        if (strcmp(argv[1], tasks[i]) == 0)
            return true;
    return false;
}

static struct qrexec_port port_of(char **argv)
{
    struct qrexec_port port = {(uint32_t)strtoul(argv[0], NULL, 10), (uint32_t)strtoul(argv[1], NULL, 10)};

    return port;
}

int qrexec_daemon_task(const struct qrexec_daemon_options *options, int argc, char **argv)
{
    if (qrexec_is_session(argc, argv))
        return qrexec_session_main(argc, argv);
    if (os_stop_event() == NULL)
        return 1;
    if (strcmp(argv[1], "--relay") == 0 && argc == 6)
        return relay_domains(port_of(argv + 2), port_of(argv + 4));
    if (strcmp(argv[1], "--relay-local") == 0 && argc == 4)
        return relay_local(options, getenv("QREXEC_TICKET"), port_of(argv + 2));
    if (strcmp(argv[1], "--autostart") == 0 && argc == 2)
        return start_with_machine();
    if (argc == 3)
        return change(argv[1], argv[2]);
    return 2;
}
