/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the two ends of a channel come together on Windows. */
#ifndef VCHAN_XEN_LINK_WINDOWS_H
#define VCHAN_XEN_LINK_WINDOWS_H

#include "link.h"
#include "paths.h"
#include "rings.h"

/* What an end is to be. */
struct link_wish {
    bool is_server;
    int own, domain; /* Xen's numbers of this domain and the other one */
    char path[VCHAN_PATH_SIZE]; /* in XenStore */
    unsigned left_order, right_order; /* of a server's rings */
    HANDLE claim; /* a server's hold on its port, which is closed with the link; NULL for clients */
};

/* This domain's number: 0, or an errno where there is no Xen, or no right to it. */
int link_own_domain(int *number);

/*
 * Offers a channel, or joins one; owns the wish's claim, on failure too. 0 with the rings and the link; else an errno, which is EAGAIN when nobody offers
 * such a channel, as yet.
 */
int link_open(const struct link_wish *wish, struct rings *rings, struct link **link);

#endif
