/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VMM driver for tests: driver start NAME | stop NAME | list. A domain "runs" when its agent does, a
 * process of this machine; run\NAME beside the installation holds its process id.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qrexec/windows.h"
#include "qubes-admin.h"

static char run_dir[OS_PATH_SIZE];

static FILE *record(const char *name, const char *mode)
{
    char path[OS_PATH_SIZE + 64];

    snprintf(path, sizeof(path), "%s\\%s", run_dir, name);
    return fopen(path, mode);
}

static int fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    return 1;
}

static int start(const char *name)
{
    char line[2 * OS_PATH_SIZE], domain[16], installation[OS_PATH_SIZE], text[256];
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;
    qubes_domain about;
    qubes_paths paths;

    if (strcmp(name, "broken") == 0)
        return fail("out of order");
    if (qubes_paths_find(&paths, NULL) != QUBES_OK || qubes_domain_load(&paths, name, &about, NULL) != QUBES_OK ||
        !windows_installation(installation))
        return fail("no such domain");
    snprintf(domain, sizeof(domain), "%u", (unsigned)about.id);
    os_set_variable("VCHAN_DOMAIN", domain);
    snprintf(text, sizeof(text), "qubes-test-agent-%s", name);
    os_set_variable("QREXEC_AGENT_ENDPOINT", text);
    snprintf(text, sizeof(text), "%s\\..\\rpc", run_dir);
    os_set_variable("QREXEC_SERVICE_PATH", text);
    os_set_variable("DOMAIN", name);
    snprintf(line, sizeof(line), "\"%s\\bin\\qrexec-agent.exe\" --console", installation);
    /* Detached: an agent that held our streams would keep whoever waits for their end. */
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup, &made))
        return fail("the agent does not start");
    FILE *file = record(name, "w");
    if (file == NULL || fprintf(file, "%lu\n", made.dwProcessId) < 0 || fclose(file) != 0)
        return fail("no record");
    return 0;
}

static int stop(const char *name)
{
    char path[OS_PATH_SIZE + 64];
    FILE *file = record(name, "r");
    unsigned long id = 0;

    if (file == NULL)
        return 0;
    int read = fscanf(file, "%lu", &id);
    fclose(file);
    HANDLE process = read == 1 ? OpenProcess(PROCESS_TERMINATE, FALSE, id) : NULL;
    if (process != NULL)
        TerminateProcess(process, 0);
    snprintf(path, sizeof(path), "%s\\%s", run_dir, name);
    DeleteFileA(path);
    return 0;
}

static int list(void)
{
    char pattern[OS_PATH_SIZE + 8];
    WIN32_FIND_DATAA found;

    snprintf(pattern, sizeof(pattern), "%s\\*", run_dir);
    HANDLE search = FindFirstFileA(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            puts(found.cFileName);
    while (FindNextFileA(search, &found));
    FindClose(search);
    return 0;
}

int wmain(int argc, wchar_t **wide)
{
    char **argv = windows_arguments(argc, wide), installation[OS_PATH_SIZE];

    if (argv == NULL || !windows_installation(installation))
        return 1;
    snprintf(run_dir, sizeof(run_dir), "%.900s\\..\\run", installation);
    if (argc == 3 && strcmp(argv[1], "start") == 0)
        return start(argv[2]);
    if (argc == 3 && strcmp(argv[1], "stop") == 0)
        return stop(argv[2]);
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list();
    return fail("start, stop or list");
}
