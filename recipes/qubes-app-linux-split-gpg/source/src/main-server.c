/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpg-server GPG: runs gpg for another domain, with a command line that is written anew from what is allowed in it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "request.h"
#include "streams.h"

#define FAILED 2 /* gpg's own code for "nothing worked" */
#define FIXED 6  /* arguments that come before the caller's */

static _Noreturn void fail(const char *what, const char *where)
{
    fprintf(stderr, "gpg-server: %s%s%s\n", what, where[0] != '\0' ? ": " : "", where);
    exit(FAILED);
}

static void read_request(uint8_t request[REQUEST_SIZE])
{
    for (size_t done = 0; done < REQUEST_SIZE;) {
        ssize_t got = read(STDIN_FILENO, request + done, REQUEST_SIZE - done);
        if (got <= 0)
            fail("no whole request came", "");
        done += (size_t)got;
    }
}

/* Pipes between gpg and the streams: `ours` does not block, `theirs` is the number that gpg is told. */
static void open_pipe(bool gpg_reads, int *ours, int *theirs)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe", "");
    *theirs = ends[gpg_reads ? 0 : 1];
    *ours = ends[gpg_reads ? 1 : 0];
    fcntl(*ours, F_SETFL, O_NONBLOCK);
}

static char *text(const char *format, const char *name, const char *value, int number)
{
    char *out;

    if (asprintf(&out, format, name, value != NULL ? value : "", number) < 0)
        fail("out of memory", "");
    return out;
}

/* Standard streams keep their numbers in gpg; others have those of their pipes. */
static int number_of(const int *pipes, int index)
{
    return index < 2 ? index + 1 : pipes[index];
}

static char **command_line(char *gpg, const struct gpg_call *call, const int *in, const int *out)
{
    char **argv = calloc(FIXED + call->option_count + call->operand_count + 2, sizeof *argv);
    size_t at = 0;

    if (argv == NULL)
        fail("out of memory", "");
    argv[at++] = gpg;
    argv[at++] = "--batch";
    argv[at++] = "--no-tty";
    argv[at++] = "--disable-dirmngr";          /* no key is looked for in the network */
    argv[at++] = "--photo-viewer=/bin/true";   /* no program is started for a picture in a key */
    argv[at++] = "--exit-on-status-write-error";
    for (size_t i = 0; i < call->option_count; i++) {
        const char *name = call->options[i].name, *value = call->options[i].value;
        int output = call->options[i].output;
        argv[at++] = output >= 0 ? text("--%s=%s%d", name, "", number_of(out, output))
                                 : text(value != NULL ? "--%s=%s" : "--%s", name, value, 0);
    }
    if (call->operand_count > 0)
        argv[at++] = "--";
    for (size_t i = 0; i < call->operand_count; i++)
        argv[at++] = i == 0 && call->input_count > 1 ? text("/dev/fd/%s%s%d", "", "", in[1])
                                                     : text("%s%s", "", call->operands[i], 0);
    return argv;
}

static pid_t start(char **argv, const struct gpg_call *call, const int *in, const int *out)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    for (size_t i = 1; i < call->input_count; i++)
        fcntl(in[i], F_SETFD, 0);
    for (size_t i = 2; i < call->output_count; i++)
        fcntl(out[i], F_SETFD, 0);
    if (dup2(in[0], 0) == 0 && dup2(out[0], 1) == 1 && dup2(out[1], 2) == 2) {
        signal(SIGPIPE, SIG_DFL);
        execv(argv[0], argv);
    }
    _exit(127);
}

static int serve(char *gpg, const struct gpg_call *call)
{
    struct streams streams = {.from_peer = STDIN_FILENO, .to_peer = STDOUT_FILENO, .is_server = true,
                              .source_count = call->output_count, .sink_count = call->input_count};
    int in[STREAMS_MOST], out[STREAMS_MOST], status;
    const char *problem;

    for (size_t i = 0; i < call->input_count; i++)
        open_pipe(true, &streams.sinks[i], &in[i]);
    for (size_t i = 0; i < call->output_count; i++)
        open_pipe(false, &streams.sources[i], &out[i]);
    pid_t pid = start(command_line(gpg, call, in, out), call, in, out);
    if (pid < 0)
        fail("no process", "");
    for (size_t i = 0; i < call->input_count; i++)
        close(in[i]);
    for (size_t i = 0; i < call->output_count; i++)
        close(out[i]);
    if (streams_carry(&streams, &problem) != 0) {
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
        fail(problem, "");
    }
    if (waitpid(pid, &status, 0) != pid)
        fail("gpg's end was not seen", "");
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return streams_send_exit(&streams, code) ? 0 : FAILED;
}

int main(int argc, char **argv)
{
    static uint8_t request[REQUEST_SIZE];
    static const char *arguments[REQUEST_COMMAND];
    static struct gpg_call call;
    size_t count;

    if (argc != 2) {
        fputs("usage: gpg-server GPG\n", stderr);
        return FAILED;
    }
    signal(SIGPIPE, SIG_IGN);
    read_request(request);
    if (!request_read(request, &count, arguments))
        fail("malformed request", "");
    if (!gpg_call_read(&call, GPG_SERVER, count, arguments))
        fail(call.problem, call.where);
    return serve(argv[1], &call);
}
