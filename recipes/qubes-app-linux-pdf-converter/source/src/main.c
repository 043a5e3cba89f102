/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-convert-pdf: has a disposable domain render a PDF, and makes a new one of the pictures. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pdf.h"

#define USUAL_RESOLUTION 150

struct call {
    pid_t pid;
    int to, from;
};

static bool fail(const char *path, const char *what)
{
    fprintf(stderr, "qvm-convert-pdf: %s: %s\n", path, what);
    return false;
}

static bool start_call(struct call *call, unsigned resolution)
{
    int in[2], out[2];
    char service[64];

    snprintf(service, sizeof service, "qubes.PdfConvert+%u", resolution);
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        return false;
    call->pid = fork();
    if (call->pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1)
            execlp("qrexec-client-vm", "qrexec-client-vm", "@dispvm", service, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    call->to = in[1];
    call->from = out[0];
    return call->pid > 0;
}

/* The whole file. A service that reads no further says why by its exit code. */
static bool send_file(int file, int to)
{
    for (;;) {
        ssize_t sent = sendfile(to, file, NULL, 1 << 20);
        if (sent == 0)
            return true;
        if (sent < 0 && errno != EINTR)
            return errno == EPIPE;
    }
}

static long read_call(void *context, uint8_t *out, size_t size)
{
    struct call *call = context;
    ssize_t got;

    do
        got = read(call->from, out, size);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The call's end; what it sent is used only when it ended well. */
static bool end_call(struct call *call)
{
    int status;

    close(call->from);
    return waitpid(call->pid, &status, 0) == call->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Line by line would be a system call for each byte: pages are read through a buffer. */
struct buffered {
    struct call *call;
    uint8_t bytes[65536];
    size_t used, taken;
};

static long read_buffered(void *context, uint8_t *out, size_t size)
{
    struct buffered *buffer = context;

    if (buffer->taken == buffer->used) {
        long got = read_call(buffer->call, buffer->bytes, sizeof buffer->bytes);
        if (got <= 0)
            return got;
        buffer->used = (size_t)got;
        buffer->taken = 0;
    }
    if (size > buffer->used - buffer->taken)
        size = buffer->used - buffer->taken;
    memcpy(out, buffer->bytes + buffer->taken, size);
    buffer->taken += size;
    return (long)size;
}

static bool convert_to(FILE *result, int file, unsigned resolution, const char *path)
{
    static struct buffered buffer;
    struct call call;
    const char *problem = NULL;

    if (!start_call(&call, resolution))
        return fail(path, strerror(errno));
    bool sent = send_file(file, call.to);
    int why = errno;
    close(call.to);
    buffer = (struct buffered){.call = &call};
    bool made = sent && pdf_make(&(struct page_source){read_buffered, &buffer}, resolution, result, &problem);
    bool ended = end_call(&call);
    if (!sent)
        return fail(path, strerror(why));
    if (!ended)
        return fail(path, "the disposable domain could not convert it, or the call was refused");
    return made || fail(path, problem);
}

/* "NAME.trusted.pdf" beside the file. */
static bool name_result(const char *path, char *out, size_t size)
{
    size_t length = strlen(path);

    if (length > 4 && strcasecmp(path + length - 4, ".pdf") == 0)
        length -= 4;
    int printed = snprintf(out, size, "%.*s.trusted.pdf", (int)length, path);
    return printed > 0 && (size_t)printed < size;
}

/* Appears under its name only when it is complete, and replaces nothing. */
static bool convert(const char *path, unsigned resolution)
{
    char result[4096], made[4096 + 8];

    if (!name_result(path, result, sizeof result))
        return fail(path, "its name is too long");
    snprintf(made, sizeof made, "%s.XXXXXX", result);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fail(path, strerror(errno));
    int out = mkostemp(made, O_CLOEXEC);
    FILE *stream = out >= 0 ? fdopen(out, "w") : NULL;
    if (stream == NULL) {
        close(file);
        return fail(made, strerror(errno));
    }
    bool good = convert_to(stream, file, resolution, path);
    mode_t mask = umask(0);
    umask(mask);
    if (good && (fchmod(out, 0666 & ~mask) != 0 || fsync(out) != 0 || link(made, result) != 0))
        good = fail(result, strerror(errno));
    fclose(stream);
    close(file);
    unlink(made);
    return good;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: qvm-convert-pdf [-r RESOLUTION] [--] FILE...\n"
            "Makes FILE.trusted.pdf: pictures of FILE's pages, which a disposable domain rendered.\n"
            "RESOLUTION is in pixels per inch, %d to %d (default: %d).\n",
            RESOLUTION_LEAST, RESOLUTION_MOST, USUAL_RESOLUTION);
    return 2;
}

int main(int argc, char **argv)
{
    long resolution = USUAL_RESOLUTION;
    bool good = true;
    char *end;

    for (int option; (option = getopt(argc, argv, "+r:")) != -1;) {
        if (option != 'r')
            return usage();
        resolution = strtol(optarg, &end, 10);
        if (end == optarg || *end != '\0' || resolution < RESOLUTION_LEAST || resolution > RESOLUTION_MOST)
            return usage();
    }
    if (optind >= argc)
        return usage();
    signal(SIGPIPE, SIG_IGN);
    for (int i = optind; i < argc; i++)
        good = convert(argv[i], (unsigned)resolution) && good;
    return good ? 0 : 1;
}
