/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The native messaging host of the extension: has a disposable domain open one attachment. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "document.h"
#include "message.h"

#define DOCUMENT_MOST (1ull << 30) /* bytes of an attachment */

static const char NOT_TAKEN[] = "the disposable domain did not take the attachment";

static uint8_t message_bytes[MESSAGE_MOST];

/* Exactly so many bytes: 1, 0 at the end of input, -1 when it breaks off or fails. */
static int read_all(uint8_t *out, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(STDIN_FILENO, out + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 && done == 0 ? 0 : -1;
        done += (size_t)got;
    }
    return 1;
}

static bool write_all(int out, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    while (size > 0) {
        ssize_t done = write(out, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}

/* Our own words only, so that nothing in them needs an escape. The length is in the byte order of this machine. */
static int reply(const char *key, const char *text)
{
    char json[256];
    int length = snprintf(json, sizeof json, "{\"%s\":\"%s\"}", key, text);
    uint32_t size = (uint32_t)length;

    write_all(STDOUT_FILENO, &size, sizeof size);
    write_all(STDOUT_FILENO, json, size);
    return strcmp(key, "error") == 0 ? 1 : 0;
}

/* The next message. When there is none, `problem` says why. */
static bool next_message(struct message *out, const char **problem)
{
    uint32_t size;
    int got = read_all((uint8_t *)&size, sizeof size);

    *problem = got == 0 ? "the extension ended before the attachment did" : "a message broke off";
    if (got <= 0)
        return false;
    if (size > MESSAGE_MOST) {
        *problem = "a message is too long";
        return false;
    }
    return (size == 0 || read_all(message_bytes, size) == 1) && message_read(message_bytes, size, out, problem);
}

/* The call, in a session of its own: it goes on when the mail program ends. An edited document is not taken back. */
static pid_t start_call(int *to)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        int nothing = open("/dev/null", O_WRONLY);
        setsid();
        signal(SIGPIPE, SIG_DFL);
        if (dup2(ends[0], 0) == 0 && dup2(nothing, 1) == 1)
            execlp("qrexec-client-vm", "qrexec-client-vm", "@dispvm", "qubes.OpenInVM", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    *to = ends[1];
    return pid;
}

/* Sends the attachment. On failure `problem` is set, and the service has not seen the document's end. */
static bool send_document(const struct message *begin, int to, const char **problem)
{
    char header[DOCUMENT_HEADER];
    struct message message;
    unsigned long long sent = 0;

    document_header(begin->name, begin->view_only, header);
    *problem = NOT_TAKEN;
    if (!write_all(to, header, sizeof header))
        return false;
    for (;;) {
        if (!next_message(&message, problem))
            return false;
        if (message.type == MESSAGE_END)
            return true;
        *problem = "messages out of order";
        if (message.type != MESSAGE_DATA)
            return false;
        *problem = "the attachment is too large";
        if ((sent += message.data_size) > DOCUMENT_MOST)
            return false;
        *problem = NOT_TAKEN;
        if (!write_all(to, message.data, message.data_size))
            return false;
    }
}

/* Says how the call ended. */
static int reply_end(pid_t pid, const char *otherwise)
{
    int status;

    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return reply("error", otherwise);
    switch (WEXITSTATUS(status)) {
    case 0:
        return reply("result", "closed");
    case 126:
        return reply("error", "the policy refused the call");
    case 127:
        return reply("error", "the disposable domain has no service that opens documents");
    default:
        return reply("error", "the disposable domain could not open the attachment");
    }
}

/* Waits until the call ends, or the extension does, which ends nothing. */
static int await_call(pid_t pid)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd polled[] = {{.fd = process, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};

    while (process >= 0 && polled[0].revents == 0) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            break;
        if (polled[0].revents == 0 && polled[1].revents != 0) {
            char ignored[64];
            if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
                return 0;
        }
    }
    return reply_end(pid, "the call broke off");
}

int main(void)
{
    struct message begin;
    const char *problem;
    int to;

    signal(SIGPIPE, SIG_IGN);
    if (!next_message(&begin, &problem))
        return reply("error", problem);
    if (begin.type != MESSAGE_BEGIN)
        return reply("error", "messages out of order");
    pid_t pid = start_call(&to);
    if (pid < 0)
        return reply("error", "no call can be made");
    if (!send_document(&begin, to, &problem)) {
        /* Before the pipe is closed: half of a document must not look like a whole one. */
        if (problem != NOT_TAKEN)
            kill(pid, SIGKILL);
        close(to);
        if (problem == NOT_TAKEN)
            return reply_end(pid, problem);
        waitpid(pid, NULL, 0);
        return reply("error", problem);
    }
    close(to);
    reply("result", "sent");
    return await_call(pid);
}
