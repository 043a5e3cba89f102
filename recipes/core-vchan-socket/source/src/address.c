/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the two ends of a channel meet on one machine. */
#include "address.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

int vchan_own_domain(void)
{
    const char *text = getenv("VCHAN_DOMAIN");
    char *end = NULL;

    if (text == NULL || *text == '\0')
        return 0;
    long value = strtol(text, &end, 10);
    return *end != '\0' || value < 0 || value > INT_MAX ? -1 : (int)value;
}

bool vchan_address(char name[VCHAN_NAME_SIZE], int server, int client, int port)
{
    int length;

    if (server < 0 || client < 0 || port < 0) {
        errno = EINVAL;
        return false;
    }
#ifdef _WIN32
    length = snprintf(name, VCHAN_NAME_SIZE, "qubes-vchan-%d-%d-%d", server, client, port);
#else
    const char *directory = getenv("VCHAN_SOCKET_DIR");
    if (directory == NULL || *directory == '\0')
        directory = "/run/qubes";
    length = snprintf(name, VCHAN_NAME_SIZE, "%s/vchan.%d.%d.%d.sock", directory, server, client, port);
#endif
    if (length < 0 || length >= VCHAN_NAME_SIZE) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}
