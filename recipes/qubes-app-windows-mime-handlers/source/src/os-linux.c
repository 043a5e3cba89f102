/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What opening needs of the operating system, on Linux: there the program is built for its tests. */
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "open.h"

qubes_status os_resolve(const char *path, char out[QUBES_PATH_MAX], qubes_error *err)
{
    char *real = realpath(path, NULL);
    int length = real ? snprintf(out, QUBES_PATH_MAX, "%s", real) : -1;
    free(real);
    if (length > 0 && length < QUBES_PATH_MAX)
        return QUBES_OK;
    snprintf(err->text, sizeof err->text, "%.400s: no such file.", path);
    return err->status = QUBES_E_NOT_FOUND;
}

bool os_file_version(const char *path, os_version *out)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    out->size = (uint64_t)info.st_size;
    out->time = (uint64_t)info.st_mtim.tv_sec * 1000000000u + (uint64_t)info.st_mtim.tv_nsec;
    return true;
}

FILE *os_open(const char *path)
{
    return fopen(path, "rb");
}

FILE *os_create_new(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return file < 0 ? NULL : fdopen(file, "wb");
}

void os_remove(const char *path)
{
    unlink(path);
}

bool os_replace(const char *edited, const char *original)
{
    struct stat info;
    return stat(original, &info) == 0 && chmod(edited, info.st_mode & 07777) == 0 && rename(edited, original) == 0;
}

bool os_rename_new(const char *from, const char *to)
{
    return link(from, to) == 0 && unlink(from) == 0;
}

qubes_status os_start(const char *const *argv, os_process *out, qubes_error *err)
{
    int input[2], output[2];
    signal(SIGPIPE, SIG_IGN); /* a client that ends early is told by its exit code */
    if (access(argv[0], X_OK) != 0 || pipe2(input, O_CLOEXEC) != 0) {
        snprintf(err->text, sizeof err->text, "%.300s: %s", argv[0], strerror(errno));
        return err->status = OPEN_NO_SERVICE;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        close(input[0]), close(input[1]);
        snprintf(err->text, sizeof err->text, "no pipe: %s", strerror(errno));
        return err->status = QUBES_E_SYSTEM;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(input[0], 0);
        dup2(output[1], 1);
        signal(SIGPIPE, SIG_DFL);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(input[0]), close(output[1]);
    out->to = fdopen(input[1], "wb");
    out->from = fdopen(output[0], "rb");
    out->handle = child;
    return QUBES_OK;
}

int os_finish(os_process *what)
{
    int code = 0;
    if (what->to)
        fclose(what->to);
    if (what->from)
        fclose(what->from);
    while (waitpid((pid_t)what->handle, &code, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

typedef struct aside {
    os_work *run;
    void *argument;
} aside;

static void *begin(void *argument)
{
    const aside *what = argument;
    what->run(what->argument);
    return NULL;
}

bool os_both(os_work *aside_work, void *argument, os_work *meanwhile, void *here)
{
    pthread_t thread;
    aside what = {aside_work, argument};
    if (pthread_create(&thread, NULL, begin, &what) != 0)
        return false;
    meanwhile(here);
    pthread_join(thread, NULL);
    return true;
}

void os_tell(const char *text, bool quiet)
{
    (void)quiet;
    fprintf(stderr, "qubes-open: %s\n", text);
}

qubes_status os_register(const char *self, bool add, bool machine, qubes_error *err)
{
    (void)self, (void)add, (void)machine;
    snprintf(err->text, sizeof err->text, "There is no registry on this system.");
    return err->status = QUBES_E_SYSTEM;
}

int main(int argc, char **argv)
{
    return open_main(argv[0], argc, argv);
}
