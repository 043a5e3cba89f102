/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the two ends of a channel meet in XenStore. */
#include "paths.h"

#include <errno.h>
#include <stdio.h>

#define DOMAIN_MOST 32751 /* Xen's DOMID_FIRST_RESERVED is 32752 */

static bool are_numbers(int one, int other, int port)
{
    if (one >= 0 && one <= DOMAIN_MOST && other >= 0 && other <= DOMAIN_MOST && port >= 0)
        return true;
    errno = EINVAL;
    return false;
}

bool vchan_server_path(char path[VCHAN_PATH_SIZE], int client, int port)
{
    if (!are_numbers(client, client, port))
        return false;
    snprintf(path, VCHAN_PATH_SIZE, "data/vchan/%d/%d", client, port);
    return true;
}

bool vchan_client_path(char path[VCHAN_PATH_SIZE], int server, int client, int port)
{
    if (!are_numbers(server, client, port))
        return false;
    snprintf(path, VCHAN_PATH_SIZE, "/local/domain/%d/data/vchan/%d/%d", server, client, port);
    return true;
}

int vchan_domain_number(const char *text)
{
    int value = 0;

    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
        if (value > DOMAIN_MOST)
            return -1;
    }
    return value;
}
