/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running one of the system's tools. */
#include "program-linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#ifndef TOOLS_PATH /* tests play the tools */
#define TOOLS_PATH "/usr/sbin:/usr/bin:/sbin:/bin"
#endif

static void become(const char *const *argv, int output, int complaints)
{
    static char *const environment[] = {"PATH=" TOOLS_PATH, "LC_ALL=C", NULL};
    int nothing = open("/dev/null", O_RDONLY);
    environ = (char **)environment;
    if (nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 && dup2(complaints, 2) >= 0)
        execvp(argv[0], (char *const *)argv);
    dprintf(2, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Keeps the beginning of a stream (`last`: of its last line), until its end. */
struct kept {
    int file;
    char *text;
    size_t size, used;
    bool last, line_over;
};

static void take(struct kept *into)
{
    char piece[512];
    ssize_t count = read(into->file, piece, sizeof piece);
    if (count < 0 && errno == EINTR)
        return;
    if (count <= 0) {
        close(into->file);
        into->file = -1;
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (into->last && into->line_over)
            into->used = 0;
        into->line_over = piece[i] == '\n';
        if ((!into->last || !into->line_over) && into->used + 1 < into->size)
            into->text[into->used++] = piece[i];
    }
}

int program_run(const char *const *argv, char *output, size_t output_size, char *why, size_t why_size)
{
    int out[2], complaints[2], code = 0;
    if (pipe2(out, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(complaints, O_CLOEXEC) != 0) {
        close(out[0]), close(out[1]);
        return -1;
    }
    pid_t child = fork();
    if (child == 0)
        become(argv, out[1], complaints[1]);
    close(out[1]), close(complaints[1]);
    struct kept kept[2] = {{.file = out[0], .text = output, .size = output_size},
                           {.file = complaints[0], .text = why, .size = why_size, .last = true}};
    while (child > 0 && (kept[0].file >= 0 || kept[1].file >= 0)) {
        struct pollfd polled[2] = {{kept[0].file, POLLIN, 0}, {kept[1].file, POLLIN, 0}};
        if (poll(polled, 2, -1) < 0)
            continue;
        for (size_t i = 0; i < 2; i++)
            if (polled[i].revents)
                take(&kept[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        if (kept[i].file >= 0)
            close(kept[i].file);
        if (kept[i].size > 0)
            kept[i].text[kept[i].used] = '\0';
    }
    if (output_size > 0)
        output[strcspn(output, "\n")] = '\0';
    if (child < 0)
        return -1;
    while (waitpid(child, &code, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}
