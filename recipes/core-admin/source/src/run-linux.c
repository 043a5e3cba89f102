/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Running a program and reading both of its streams, on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "os.h"

#define STREAM_MAX (256 * 1024)

typedef struct stream {
    int file;
    char *data;
    size_t used;
} stream;

/* Takes what is there; beyond the limit it is read and dropped, so that the program can end. */
static void drain(stream *from)
{
    char chunk[4096];
    ssize_t count = read(from->file, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR)
        return;
    if (count <= 0) {
        close(from->file);
        from->file = -1;
        return;
    }
    size_t room = STREAM_MAX - from->used, take = (size_t)count < room ? (size_t)count : room;
    memcpy(from->data + from->used, chunk, take);
    from->used += take;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads both streams to their ends; false when the time is over. */
static bool drain_both(stream streams[2], unsigned timeout_seconds)
{
    int64_t deadline = now_ms() + (int64_t)timeout_seconds * 1000;
    while (streams[0].file >= 0 || streams[1].file >= 0) {
        struct pollfd polled[2] = {{streams[0].file, POLLIN, 0}, {streams[1].file, POLLIN, 0}};
        int64_t left = deadline - now_ms();
        if (left <= 0)
            return false;
        if (poll(polled, 2, left > INT_MAX ? INT_MAX : (int)left) < 0)
            continue;
        for (size_t i = 0; i < 2; i++)
            if (polled[i].revents)
                drain(&streams[i]);
    }
    return true;
}

static void run_child(const char *program, const char *const *argv, int output, int diagnostic, int report)
{
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0); /* so that a time-out ends its whole family */
    if (nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 && dup2(diagnostic, 2) >= 0)
        execv(program, (char *const *)argv);
    int code = errno;
    if (write(report, &code, sizeof code) < 0)
        _exit(126);
    _exit(127);
}

static qubes_status spawn(const char *program, const char *const *argv, pid_t *child, stream streams[2],
                          qubes_error *err)
{
    int output[2], diagnostic[2], report[2];
    if (pipe2(output, O_CLOEXEC) != 0)
        return qubes_fail(err, QUBES_E_SYSTEM, "%s: no pipe: %s", program, strerror(errno));
    if (pipe2(diagnostic, O_CLOEXEC) != 0) {
        close(output[0]), close(output[1]);
        return qubes_fail(err, QUBES_E_SYSTEM, "%s: no pipe: %s", program, strerror(errno));
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        close(output[0]), close(output[1]), close(diagnostic[0]), close(diagnostic[1]);
        return qubes_fail(err, QUBES_E_SYSTEM, "%s: no pipe: %s", program, strerror(errno));
    }
    *child = fork();
    if (*child == 0)
        run_child(program, argv, output[1], diagnostic[1], report[1]);
    int failure = *child < 0 ? errno : 0;
    close(output[1]), close(diagnostic[1]), close(report[1]);
    if (*child > 0 && read(report[0], &failure, sizeof failure) == (ssize_t)sizeof failure)
        waitpid(*child, NULL, 0);
    close(report[0]);
    streams[0].file = output[0];
    streams[1].file = diagnostic[0];
    if (failure == 0)
        return QUBES_OK;
    close(output[0]), close(diagnostic[0]);
    return qubes_fail(err, QUBES_E_DRIVER, "%s: %s", program, strerror(failure));
}

qubes_status os_run(const char *program, const char *const *argv, unsigned timeout_seconds, os_run_result *out,
                    qubes_error *err)
{
    stream streams[2] = {{-1, calloc(1, STREAM_MAX + 1), 0}, {-1, calloc(1, STREAM_MAX + 1), 0}};
    pid_t child = 0;
    qubes_status status = streams[0].data && streams[1].data ? QUBES_OK : qubes_fail_memory(err);
    if (status == QUBES_OK)
        status = spawn(program, argv, &child, streams, err);
    if (status != QUBES_OK) {
        free(streams[0].data);
        free(streams[1].data);
        return status;
    }
    out->timed_out = !drain_both(streams, timeout_seconds);
    if (out->timed_out)
        kill(-child, SIGKILL);
    int code = 0;
    while (waitpid(child, &code, 0) < 0 && errno == EINTR)
        continue;
    for (size_t i = 0; i < 2; i++)
        if (streams[i].file >= 0)
            close(streams[i].file);
    out->exit_code = WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
    out->output = streams[0].data;
    out->diagnostic = streams[1].data;
    return QUBES_OK;
}
