/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that the method starts. */
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool call_start(const char *const *argv, call *out)
{
    int input[2], output[2];
    posix_spawn_file_actions_t actions;
    if (pipe2(input, O_CLOEXEC) != 0)
        return false;
    if (pipe2(output, O_CLOEXEC) != 0) {
        close(input[0]), close(input[1]);
        return false;
    }
    int code = posix_spawn_file_actions_init(&actions);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    if (code == 0)
        code = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (code == 0)
        code = posix_spawnp(&out->child, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]), close(output[1]);
    out->input = input[1];
    out->output = output[0];
    if (code == 0)
        return true;
    close(out->input), close(out->output);
    errno = code;
    return false;
}

int call_end(call *what)
{
    int code = 0;
    if (what->input >= 0)
        close(what->input);
    close(what->output);
    kill(what->child, SIGTERM); /* one that has ended by itself keeps its code until it is waited for */
    while (waitpid(what->child, &code, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}

bool call_sha256(const char *path, char out[65])
{
    const char *argv[] = {"sha256sum", "--", path, NULL};
    char line[65] = "";
    size_t used = 0;
    ssize_t count = 0;
    call hash;
    if (!call_start(argv, &hash))
        return false;
    while (used < sizeof line && (count = read(hash.output, line + used, sizeof line - used)) != 0) {
        if (count < 0 && errno != EINTR)
            break;
        used += count > 0 ? (size_t)count : 0;
    }
    call_end(&hash);
    if (used != 65 || strspn(line, "0123456789abcdef") < 64 || line[64] != ' ')
        return false;
    memcpy(out, line, 64);
    out[64] = '\0';
    return true;
}
