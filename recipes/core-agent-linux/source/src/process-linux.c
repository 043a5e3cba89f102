/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes on Linux: each leads a session of its own, so that it can be ended with its children. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream.h"

#define GRACE_MS 2000 /* between asking a process to end and making it */

struct os_process {
    pid_t pid;
    int fd; /* a pidfd: readable when the process has ended */
    bool ended;
    int code;
};

struct child_plan {
    const struct os_process_spec *spec;
    const struct passwd *user; /* NULL: no change */
    int ends[3];               /* the child's ends of its pipes, -1 for none */
    int report;                /* where the child says why it could not start */
};

static void complain(char *why, size_t size, const char *what, int cause)
{
    snprintf(why, size, "%s: %s", what, strerror(cause));
}

/* These run between fork and exec; their answer is the errno to report. */
static int become_user(const struct passwd *user)
{
    if (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
        return errno;
    if (chdir(user->pw_dir) < 0 && chdir("/") < 0)
        return errno;
    setenv("HOME", user->pw_dir, 1);
    setenv("USER", user->pw_name, 1);
    setenv("LOGNAME", user->pw_name, 1);
    setenv("SHELL", user->pw_shell[0] != '\0' ? user->pw_shell : "/bin/sh", 1);
    return 0;
}

static int arrange_stdio(const struct child_plan *plan)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; i < 3; i++) {
        int from = plan->spec->stdio[i] == OS_STDIO_PIPE      ? plan->ends[i]
                   : plan->spec->stdio[i] == OS_STDIO_NOTHING ? nothing
                                                              : i;
        if (from != i && dup2(from, i) < 0)
            return errno;
        /* A closed standard stream would be the next file that the program opens. */
        if (from == i && fcntl(i, F_GETFD) < 0 && dup2(nothing, i) < 0)
            return errno;
    }
    return 0;
}

static void run_child(const struct child_plan *plan)
{
    const struct os_process_spec *spec = plan->spec;
    const char *shell[] = {"/bin/sh", "-c", spec->line, NULL};
    const char *const *argv = spec->argv != NULL ? spec->argv : shell;
    sigset_t none;
    int cause;

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    cause = arrange_stdio(plan);
    for (const char *const *item = spec->environment; item != NULL && *item != NULL && cause == 0; item++)
        if (putenv((char *)*item) != 0)
            cause = errno;
    if (cause == 0 && plan->user != NULL)
        cause = become_user(plan->user);
    if (cause == 0) {
        execvp(argv[0], (char *const *)argv);
        cause = errno;
    }
    ssize_t ignored = write(plan->report, &cause, sizeof(cause));
    (void)ignored;
    _exit(127);
}

/* The user to become, NULL for none; false when there is no such user or no right to it. */
static bool choose_user(const char *name, const struct passwd **user, char *why, size_t size)
{
    *user = NULL;
    if (name == NULL)
        return true;
    const struct passwd *found = getpwnam(name);
    if (found == NULL) {
        snprintf(why, size, "no user %s", name);
        return false;
    }
    if (found->pw_uid == geteuid())
        return true;
    if (geteuid() != 0) {
        snprintf(why, size, "only root may run a service as %s", name);
        return false;
    }
    *user = found;
    return true;
}

static void close_both(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

/* One pipe for each stream that wants one: mine[] and theirs[] get the ends, -1 for none. */
static bool open_pipes(const struct os_process_spec *spec, int mine[3], int theirs[3])
{
    for (int i = 0; i < 3; i++) {
        int pair[2];
        if (spec->stdio[i] != OS_STDIO_PIPE)
            continue;
        if (pipe2(pair, O_CLOEXEC) < 0)
            return false;
        mine[i] = pair[i == OS_STDIN ? 1 : 0];
        theirs[i] = pair[i == OS_STDIN ? 0 : 1];
        /* The child's ends must not be 0, 1 or 2: arranging one would overwrite the next. */
        if (theirs[i] <= 2) {
            int higher = fcntl(theirs[i], F_DUPFD_CLOEXEC, 3);
            close(theirs[i]);
            theirs[i] = higher;
        }
        fcntl(mine[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

static void close_ends(int ends[3])
{
    for (int i = 0; i < 3; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

/* Forks; the answer is the child's pid once its program runs, or -1 with the errno that stopped it. */
static pid_t launch(struct child_plan *plan)
{
    int report[2] = {-1, -1}, cause = 0;

    if (pipe2(report, O_CLOEXEC) < 0)
        return -1;
    plan->report = report[1];
    pid_t pid = fork();
    if (pid == 0)
        run_child(plan);
    if (pid < 0) {
        cause = errno;
        close_both(report);
        errno = cause;
        return -1;
    }
    close(report[1]);
    ssize_t size = read(report[0], &cause, sizeof(cause)); /* ends when exec closes the other end */
    close(report[0]);
    if (size == (ssize_t)sizeof(cause)) {
        waitpid(pid, NULL, 0);
        errno = cause;
        return -1;
    }
    return pid;
}

static struct os_process *watch(pid_t pid)
{
    struct os_process *process = calloc(1, sizeof(*process));
    int fd = pidfd_open(pid, 0);

    if (process == NULL || fd < 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (fd >= 0)
            close(fd);
        free(process);
        return NULL;
    }
    process->pid = pid;
    process->fd = fd;
    return process;
}

struct os_process *os_process_start(const struct os_process_spec *spec, struct os_stream *streams[3],
                                    char *why, size_t why_size)
{
    struct child_plan plan = {.spec = spec, .ends = {-1, -1, -1}};
    int mine[3] = {-1, -1, -1};
    struct os_process *process = NULL;

    if (!choose_user(spec->user, &plan.user, why, why_size))
        return NULL;
    if (!open_pipes(spec, mine, plan.ends)) {
        complain(why, why_size, "pipe", errno);
    } else {
        pid_t pid = launch(&plan);
        if (pid < 0)
            complain(why, why_size, spec->argv != NULL ? spec->argv[0] : "/bin/sh", errno);
        else if ((process = watch(pid)) == NULL)
            complain(why, why_size, "pidfd_open", errno);
    }
    close_ends(plan.ends);
    if (process == NULL) {
        close_ends(mine);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        if (mine[i] >= 0)
            streams[i] = os_stream_over(mine[i]);
    return process;
}

os_handle os_process_handle(struct os_process *process)
{
    return process->fd;
}

bool os_process_ended(struct os_process *process, int *code)
{
    int status;

    if (!process->ended && waitpid(process->pid, &status, WNOHANG) == process->pid) {
        process->ended = true;
        process->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (process->ended && code != NULL)
        *code = process->code;
    return process->ended;
}

void os_process_end(struct os_process *process)
{
    struct os_wait_item item = {.handle = process->fd};

    /* The group of a session's leader lives on while any of its children does. */
    kill(-process->pid, SIGTERM);
    if (!process->ended)
        os_wait(&item, 1, GRACE_MS);
    kill(-process->pid, SIGKILL);
    if (!process->ended)
        os_wait(&item, 1, -1);
    os_process_ended(process, NULL);
}

void os_process_close(struct os_process *process)
{
    if (process == NULL)
        return;
    close(process->fd);
    free(process);
}
