/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a channel in shared memory needs of the system besides that memory: link-windows.c, and a link of the tests. */
#ifndef VCHAN_XEN_LINK_H
#define VCHAN_XEN_LINK_H

#include "libvchan.h"

struct link;

/* Wakes the peer up. */
void link_notify(struct link *link);

/* Waits until the peer has done so, and forgets it: 1 it has, 0 the time (negative: no limit) is over, -1 error. */
int link_wait(struct link *link, int timeout_ms);

/* What a caller may wait for instead of link_wait, before which it stays as it is. */
libvchan_fd link_handle(struct link *link);

/* Gives up memory and notifications. */
void link_close(struct link *link);

/* A clock in milliseconds that never goes back. */
unsigned long long link_now(void);

#endif
