/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are on Linux: this program, services, and the sockets of agent and daemon. */
#define _GNU_SOURCE
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qrexec/os.h"

#define SERVICE_PATH "/usr/local/etc/qubes-rpc:/etc/qubes-rpc"

bool os_own_program(char path[OS_PATH_SIZE])
{
    ssize_t length = readlink("/proc/self/exe", path, OS_PATH_SIZE - 1);

    if (length <= 0 || length >= OS_PATH_SIZE - 1)
        return false;
    path[length] = '\0';
    return true;
}

static const char *from_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : otherwise;
}

bool os_service_path(char path[OS_PATH_SIZE])
{
    int length = snprintf(path, OS_PATH_SIZE, "%s", from_environment("QREXEC_SERVICE_PATH", SERVICE_PATH));

    return length > 0 && length < OS_PATH_SIZE;
}

bool os_find_service(const char *directory, const char *name, char path[OS_PATH_SIZE], char line[OS_PATH_SIZE])
{
    struct stat file;
    int length = snprintf(path, OS_PATH_SIZE, "%s/%s", directory, name);

    line[0] = '\0';
    return length > 0 && length < OS_PATH_SIZE && stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
           access(path, X_OK) == 0;
}

bool os_admin_user(char *user, size_t size)
{
    const struct passwd *self = getpwuid(geteuid());
    int length = self != NULL ? snprintf(user, size, "%s", self->pw_name) : -1;

    return length > 0 && (size_t)length < size;
}

const char *os_error(int cause)
{
    return strerror(cause);
}

bool os_random(void *bytes, size_t size)
{
    return getrandom(bytes, size, 0) == (ssize_t)size;
}

void os_set_variable(const char *name, const char *value)
{
    setenv(name, value, 1);
}

const char *os_agent_endpoint(void)
{
    return from_environment("QREXEC_AGENT_ENDPOINT", "/run/qubes/qrexec-agent");
}

const char *os_daemon_endpoint(void)
{
    return from_environment("QREXEC_DAEMON_ENDPOINT", "/run/qubes/qrexec-daemon");
}
