/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-desktop-sync: the menus of domains in a person's desktop. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"

#define WATCH_SECONDS 2  /* between two looks at the domains */
#define FETCH_SECONDS 120 /* a domain may have to be started first */

/* What is known of a domain is what was stored of its last answer, read again as if the domain had just said it. */
static void read_known(void *context, const char *domain, struct applications *out)
{
    char *bytes = malloc(APPLICATIONS_BYTES_MOST);
    long size = -1;

    out->count = 0;
    if (bytes != NULL)
        size = folder_read(context, PLACE_KNOWN, domain, bytes, APPLICATIONS_BYTES_MOST);
    if (size > 0)
        applications_parse(bytes, (size_t)size, out);
    free(bytes);
}

static int fail(qubes_status status, const char *what)
{
    fprintf(stderr, "qubes-desktop-sync: %s\n", what);
    return (int)status;
}

/* Plans from the domains as they are now. */
static qubes_status plan(const qubes_paths *paths, struct folders *folders, struct entries *out)
{
    qubes_domain_list domains;
    qubes_error error;

    qubes_status status = qubes_domain_list_load(paths, &domains, &error);
    if (status != QUBES_OK)
        return fail(status, error.text);
    bool planned = entries_plan(&domains, read_known, folders, out);
    qubes_domain_list_free(&domains);
    return planned ? QUBES_OK : fail(QUBES_E_SYSTEM, "out of memory");
}

static qubes_status apply(const struct folders *folders, const struct entries *planned)
{
    return folders_apply(folders, planned) >= 0 ? QUBES_OK : fail(QUBES_E_SYSTEM, strerror(errno));
}

static qubes_status synchronise(const qubes_paths *paths, struct folders *folders)
{
    struct entries planned;
    qubes_status status = plan(paths, folders, &planned);

    if (status != QUBES_OK)
        return status;
    status = apply(folders, &planned);
    entries_free(&planned);
    return status;
}

static qubes_status list(const qubes_paths *paths, struct folders *folders)
{
    static const char *const places[PLACES] = {"applications", "directories", "menus", "known"};
    struct entries planned;
    qubes_status status = plan(paths, folders, &planned);

    if (status != QUBES_OK)
        return status;
    for (size_t i = 0; i < planned.count; i++)
        printf("%s/%s\n", places[planned.items[i].place], planned.items[i].file);
    entries_free(&planned);
    return QUBES_OK;
}

/* A started qrexec-client whose output is read; -1 with errno. Its end is waited for with waitpid. */
static int start_call(const char *domain, pid_t *pid)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    *pid = fork();
    if (*pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        if (freopen("/dev/null", "r", stdin) != NULL)
            execlp("qrexec-client", "qrexec-client", domain, "qubes.GetAppmenus", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    if (*pid > 0)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* The domain's answer, at most APPLICATIONS_BYTES_MOST bytes; -1 when it is longer or the call failed. */
static long call(const char *domain, char *bytes)
{
    pid_t pid;
    int status, in = start_call(domain, &pid);
    size_t used = 0;
    ssize_t got = 1;

    if (in < 0)
        return -1;
    alarm(FETCH_SECONDS);
    while (used <= APPLICATIONS_BYTES_MOST && (got = read(in, bytes + used, APPLICATIONS_BYTES_MOST + 1 - used)) > 0)
        used += (size_t)got;
    close(in);
    if (used > APPLICATIONS_BYTES_MOST)
        kill(pid, SIGTERM);
    bool ended = waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    alarm(0);
    return ended && got == 0 ? (long)used : -1;
}

static qubes_status fetch(const qubes_paths *paths, struct folders *folders, const char *name)
{
    qubes_domain domain;
    qubes_error error;
    struct applications *found = malloc(sizeof *found);
    char *bytes = malloc(APPLICATIONS_BYTES_MOST + 1);
    qubes_status status = qubes_domain_load(paths, name, &domain, &error);

    if (found == NULL || bytes == NULL)
        status = fail(QUBES_E_SYSTEM, "out of memory");
    else if (status != QUBES_OK)
        fail(status, error.text);
    else {
        long size = call(domain.name, bytes);
        if (size < 0) {
            status = fail(QUBES_E_DRIVER, "the domain did not tell its applications");
        } else {
            applications_parse(bytes, (size_t)size, found);
            bytes[applications_write(found, bytes, APPLICATIONS_BYTES_MOST)] = '\0';
            if (!folder_write(folders, PLACE_KNOWN, domain.name, bytes))
                status = fail(QUBES_E_SYSTEM, strerror(errno));
        }
    }
    free(found);
    free(bytes);
    return status == QUBES_OK ? synchronise(paths, folders) : status;
}

/* Domains that run and were never asked are asked, each by a process of its own. */
static void ask_running(const qubes_paths *paths, struct folders *folders, bool asked[QUBES_ID_MAX + 1])
{
    qubes_domain_list domains;

    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    if (qubes_domain_list_load(paths, &domains, NULL) != QUBES_OK)
        return;
    for (size_t i = 0; i < domains.count; i++) {
        const qubes_domain *domain = &domains.items[i];
        bool running = domain->state == QUBES_STATE_RUNNING;
        if (domain->id > QUBES_ID_MAX || domain->cls == QUBES_CLASS_ADMIN || domain->cls == QUBES_CLASS_DISP)
            continue;
        if (running && !asked[domain->id] && fork() == 0)
            _exit((int)fetch(paths, folders, domain->name));
        asked[domain->id] = running;
    }
    qubes_domain_list_free(&domains);
}

static _Noreturn void watch(const qubes_paths *paths, struct folders *folders)
{
    static bool asked[QUBES_ID_MAX + 1];

    for (;;) {
        /* A damaged domain file is told on standard error, and may be mended. */
        if (synchronise(paths, folders) == QUBES_OK)
            ask_running(paths, folders, asked);
        sleep(WATCH_SECONDS);
    }
}

static int usage(void)
{
    fputs("usage: qubes-desktop-sync [--list | --remove | --watch | --fetch NAME]\n"
          "Brings the menus of domains in line with the domains.\n",
          stderr);
    return QUBES_E_USAGE;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    struct folders folders;
    qubes_paths paths;
    qubes_error error;

    if (!folders_find(&folders))
        return fail(QUBES_E_SYSTEM, "neither HOME nor XDG_DATA_HOME and XDG_CONFIG_HOME are absolute");
    if (argc == 2 && strcmp(verb, "--remove") == 0)
        return (int)apply(&folders, &(struct entries){0});
    qubes_status status = qubes_paths_find(&paths, &error);
    if (status != QUBES_OK)
        return fail(status, error.text);
    if (argc == 1)
        return (int)synchronise(&paths, &folders);
    if (argc == 2 && strcmp(verb, "--list") == 0)
        return (int)list(&paths, &folders);
    if (argc == 2 && strcmp(verb, "--watch") == 0)
        watch(&paths, &folders);
    if (argc == 3 && strcmp(verb, "--fetch") == 0)
        return (int)fetch(&paths, &folders, argv[2]);
    return usage();
}
