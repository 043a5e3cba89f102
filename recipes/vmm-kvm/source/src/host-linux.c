/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host: programs are started without a shell, with files in memory as their streams. */
#include "host.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define OUTPUT_MAX (1024 * 1024) /* some 28,000 machines */

static qubes_status fail(qubes_error *err, qubes_status status, const char *about, const char *text)
{
    snprintf(err->text, sizeof err->text, "%.100s: %.380s", about, text);
    return err->status = status;
}

/* A program's streams. Files, because nobody has to read one while it runs. */
enum { INPUT, OUTPUT, DIAGNOSTIC, STREAMS };

static void close_streams(const int files[STREAMS])
{
    for (int i = 0; i < STREAMS; i++)
        if (files[i] >= 0)
            close(files[i]);
}

static bool open_streams(int files[STREAMS], const char *input)
{
    static const char *const names[STREAMS] = {"input", "output", "diagnostic"};
    size_t length = strlen(input);
    for (int i = 0; i < STREAMS; i++)
        files[i] = memfd_create(names[i], MFD_CLOEXEC);
    return files[INPUT] >= 0 && files[OUTPUT] >= 0 && files[DIAGNOSTIC] >= 0 &&
           write(files[INPUT], input, length) == (ssize_t)length && lseek(files[INPUT], 0, SEEK_SET) == 0;
}

/* What was written to a stream, at most OUTPUT_MAX bytes of it, terminated; NULL without memory. */
static char *content_of(int file)
{
    char *text = calloc(1, OUTPUT_MAX + 1);
    if (text && pread(file, text, OUTPUT_MAX, 0) < 0)
        text[0] = '\0';
    return text;
}

static const char *last_line(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr("\r\n \t", text[length - 1]))
        text[--length] = '\0';
    while (length > 0 && text[length - 1] != '\n')
        length--;
    return text[length] ? text + length : "it failed without a reason";
}

/* The program's exit code; -1 with errno when it could not be started. */
static int run_with(const char *const *argv, const int files[STREAMS])
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int code = posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < STREAMS && code == 0; i++)
        code = posix_spawn_file_actions_adddup2(&actions, files[i], i);
    if (code == 0)
        code = posix_spawnp(&child, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0) {
        errno = code;
        return -1;
    }
    while (waitpid(child, &code, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}

static qubes_status run(void *context, const char *const *argv, const char *input, char **output, qubes_error *err)
{
    int files[STREAMS];
    qubes_status status = QUBES_OK;
    (void)context;
    if (!open_streams(files, input)) {
        status = fail(err, QUBES_E_SYSTEM, argv[0], strerror(errno));
        close_streams(files);
        return status;
    }
    int code = run_with(argv, files);
    if (code < 0) {
        status = fail(err, errno == ENOENT ? KVM_ABSENT : QUBES_E_SYSTEM, argv[0], strerror(errno));
    } else if (code > 0) {
        char *why = content_of(files[DIAGNOSTIC]);
        status = fail(err, KVM_REFUSED, argv[0], why ? last_line(why) : "out of memory");
        free(why);
    } else if (output) {
        *output = content_of(files[OUTPUT]);
        if (!*output)
            status = fail(err, QUBES_E_SYSTEM, argv[0], "out of memory");
    }
    close_streams(files);
    return status;
}

static bool exists(void *context, const char *path)
{
    (void)context;
    return access(path, F_OK) == 0;
}

static qubes_status remove_file(void *context, const char *path, qubes_error *err)
{
    (void)context;
    return unlink(path) == 0 || errno == ENOENT ? QUBES_OK : fail(err, QUBES_E_SYSTEM, path, strerror(errno));
}

static void wait_a_second(void *context)
{
    (void)context;
    sleep(1);
}

const host *host_system(void)
{
    static const host here = {NULL, run, exists, remove_file, wait_a_second};
    return &here;
}
