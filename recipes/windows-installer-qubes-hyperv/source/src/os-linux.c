/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files on Linux: for the tests of everything that is not Windows' own. */
#include "os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

long os_changes_left;

static void change(void)
{
    if (os_changes_left > 0 && --os_changes_left == 0)
        raise(SIGKILL);
}

kind os_kind(const char *path)
{
    struct stat found;
    if (lstat(path, &found) != 0)
        return errno == ENOENT || errno == ENOTDIR ? NOTHING : OTHER;
    return S_ISREG(found.st_mode)   ? FILE_KIND
           : S_ISDIR(found.st_mode) ? DIRECTORY
           : S_ISLNK(found.st_mode) ? LINK
                                    : OTHER;
}

bool os_make_directory(const char *path)
{
    change();
    return mkdir(path, 0777) == 0;
}

bool os_move(const char *from, const char *to)
{
    change();
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
}

bool os_remove_file(const char *path)
{
    change();
    return unlink(path) == 0;
}

bool os_remove_directory(const char *path)
{
    change();
    return rmdir(path) == 0;
}

bool os_remove_later(const char *path)
{
    (void)path;
    errno = ENOTSUP;
    return false;
}

bool os_names(const char *path, list *names)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return false;
    errno = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            list_add(names, text("%s", entry->d_name));
    bool whole = errno == 0;
    closedir(directory);
    list_sort(names);
    return whole;
}

FILE *os_open(const char *path, const char *mode)
{
    return fopen(path, mode);
}

bool os_close_safely(FILE *file)
{
    change();
    bool written = !ferror(file) && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written;
}

const char *os_reason(void)
{
    return strerror(errno);
}

bool os_protect(const char *directory)
{
    return chmod(directory, 0755) == 0;
}

char *os_absolute(const char *path)
{
    char *out = text("%s", path);
    size_t length = strlen(out);
    while (length > 1 && (out[length - 1] == '/' || (out[length - 1] == '.' && out[length - 2] == '/')))
        out[--length] = '\0';
    return out[0] == '/' ? out : NULL;
}

bool os_is_safe_root(const char *path)
{
    return path[0] == '/' && path[1] != '\0';
}

bool os_is_hidden(const char *path)
{
    const char *slash = strrchr(path, '/');
    return (slash == NULL ? path : slash + 1)[0] == '.';
}

long os_run(const char *program, char *const arguments[], size_t count)
{
    char **argv = keep(NULL, (count + 2) * sizeof *argv);
    int status;
    argv[0] = text("%s", program);
    memcpy(argv + 1, arguments, count * sizeof *argv);
    argv[count + 1] = NULL;
    pid_t child = fork();
    if (child == 0) {
        execv(program, argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

char *os_profile(void)
{
    return getenv("HOME");
}

bool os_path_add(const char *directory, bool machine)
{
    (void)machine;
    return problem("%s: PATH is changed on Windows only.", directory);
}

bool os_path_remove(const char *directory, bool machine)
{
    return os_path_add(directory, machine);
}

bool os_forget_data(const char *key, bool machine)
{
    (void)machine;
    return problem("%s: there is a registry on Windows only.", key);
}
