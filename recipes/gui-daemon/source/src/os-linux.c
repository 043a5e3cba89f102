/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Linux: arguments, log and clipboard file. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

char **os_arguments(int *count, char **vector)
{
    (void)count;
    return vector;
}

bool os_log_to(const char *path)
{
    return freopen(path, "a", stderr) && setvbuf(stderr, NULL, _IOLBF, 0) == 0;
}

void os_sleep(unsigned milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

    nanosleep(&time, NULL);
}

/* The directory is the user's own; without a session it is the services' one. */
static int open_directory(void)
{
    const char *path = getenv("XDG_RUNTIME_DIR");

    return open(path && path[0] == '/' ? path : "/run/qubes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

#define CLIPBOARD "qubes-clipboard"
#define CLIPBOARD_NEW "qubes-clipboard.new"

static bool write_all(int file, const uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(file, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

bool os_clipboard_put(void *desktop, const uint8_t *bytes, size_t size)
{
    int directory = open_directory();
    int file;
    bool done = false;

    (void)desktop;
    if (directory < 0)
        return false;
    unlinkat(directory, CLIPBOARD_NEW, 0);
    file = openat(directory, CLIPBOARD_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file >= 0) {
        done = write_all(file, bytes, size);
        done = close(file) == 0 && done && renameat(directory, CLIPBOARD_NEW, directory, CLIPBOARD) == 0;
    }
    close(directory);
    return done;
}

size_t os_clipboard_take(void *desktop, uint8_t bytes[GUI_MAX_CLIPBOARD])
{
    int directory = open_directory();
    int file = directory < 0 ? -1 : openat(directory, CLIPBOARD, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    size_t length = 0;

    (void)desktop;
    while (file >= 0 && length < GUI_MAX_CLIPBOARD) {
        ssize_t got = read(file, bytes + length, GUI_MAX_CLIPBOARD - length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    if (file >= 0) {
        close(file);
        unlinkat(directory, CLIPBOARD, 0);
    }
    if (directory >= 0)
        close(directory);
    return length;
}
