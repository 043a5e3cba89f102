/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the two ends of a channel meet on one machine. */
#ifndef VCHAN_ADDRESS_H
#define VCHAN_ADDRESS_H

#include <stdbool.h>

#define VCHAN_NAME_SIZE 256

/* The domain that this process plays: $VCHAN_DOMAIN, else 0; -1 when that is not a number. */
int vchan_own_domain(void);

/*
 * Linux: ${VCHAN_SOCKET_DIR:-/run/qubes}/vchan.<server>.<client>.<port>.sock
 * Windows: qubes-vchan-<server>-<client>-<port>, a pipe's name
 * false with errno EINVAL for a negative number, ENAMETOOLONG when it does not fit.
 */
bool vchan_address(char name[VCHAN_NAME_SIZE], int server, int client, int port);

#endif
