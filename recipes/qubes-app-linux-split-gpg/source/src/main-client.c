/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-gpg-client: as gpg, but with the keys of the domain $QUBES_GPG_DOMAIN. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request.h"
#include "streams.h"

#define FAILED 2 /* gpg's own code for "nothing worked" */
#define ADDED 4  /* arguments besides options: "--" and operands */

static _Noreturn void fail(const char *what, const char *where)
{
    fprintf(stderr, "qubes-gpg-client: %s%s%s\n", what, where[0] != '\0' ? ": " : "", where);
    exit(FAILED);
}

static int open_file(const char *path)
{
    int file = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        fail(strerror(errno), path);
    return file;
}

static const char *text(const char *format, const char *name, const char *value, int number)
{
    char *out;

    if (asprintf(&out, format, name, value != NULL ? value : "", number) < 0)
        fail("out of memory", "");
    return out;
}

/* Files are opened here and become streams; what the other side is told are numbers, counted from 3. */
static size_t command_line(struct gpg_call *call, const char **out)
{
    size_t count = 0, at = 0;

    for (size_t i = 0; i < call->option_count; i++) {
        const char *name = call->options[i].name, *value = call->options[i].value;
        int output = call->options[i].output;
        out[count++] = output >= 0 ? text("--%s=%s%d", name, "", output + 1)
                                   : text(value != NULL ? "--%s=%s" : "--%s", name, value, 0);
    }
    if (call->operand_count > 0)
        out[count++] = "--";
    if (!call->names_files) {
        for (; at < call->operand_count; at++)
            out[count++] = call->operands[at];
        return count;
    }
    if (call->verifies && call->operand_count > 0) {
        call->inputs[call->input_count++] = open_file(call->operands[at++]);
        out[count++] = text("/dev/fd/%s%s%d", "", "", (int)call->output_count + 1);
    }
    if (at < call->operand_count) {
        if (strcmp(call->operands[at], "-") != 0)
            dup2(open_file(call->operands[at]), STDIN_FILENO);
        out[count++] = "-";
        at++;
    }
    if (at < call->operand_count)
        fail("one file at a time", call->operands[at]);
    return count;
}

static void start_call(const char *domain, int *from_peer, int *to_peer)
{
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        fail(strerror(errno), "pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail(strerror(errno), "fork");
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1)
            execlp("qrexec-client-vm", "qrexec-client-vm", domain, "qubes.Gpg", (char *)NULL);
        fail(strerror(errno), "qrexec-client-vm");
    }
    close(in[0]);
    close(out[1]);
    *from_peer = out[0];
    *to_peer = in[1];
}

int main(int argc, char **argv)
{
    static struct gpg_call call;
    static const char *arguments[ARGUMENTS_MOST + ADDED];
    static uint8_t request[REQUEST_SIZE];
    struct streams streams = {0};
    const char *domain = getenv("QUBES_GPG_DOMAIN"), *problem;

    if (domain == NULL || domain[0] == '\0' || domain[0] == '-')
        fail("set QUBES_GPG_DOMAIN to the name of the domain that has the keys", "");
    if (argc < 1 || !gpg_call_read(&call, GPG_CLIENT, (size_t)argc - 1, (const char *const *)argv + 1))
        fail(call.problem, call.where);
    size_t count = command_line(&call, arguments);
    if (!request_write(request, count, arguments))
        fail("the command line is too long", "");
    for (size_t i = 2; i < call.output_count; i++)
        if (fcntl(call.outputs[i], F_SETFD, FD_CLOEXEC) != 0)
            fail("not an open stream", "--status-fd, --logger-fd or --attribute-fd");
    signal(SIGPIPE, SIG_IGN);
    start_call(domain, &streams.from_peer, &streams.to_peer);
    streams.source_count = call.input_count;
    memcpy(streams.sources, call.inputs, sizeof call.inputs);
    streams.sink_count = call.output_count;
    memcpy(streams.sinks, call.outputs, sizeof call.outputs);
    if (write(streams.to_peer, request, sizeof request) != (ssize_t)sizeof request)
        fail(strerror(errno), "qrexec-client-vm");
    int code = streams_carry(&streams, &problem);
    if (code < 0)
        fail("the call was refused, or it broke off", problem);
    return code;
}
