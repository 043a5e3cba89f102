/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A libvchan over rings in shared memory and a link; what makes the two is the provider's affair. */
#ifndef VCHAN_XEN_CHANNEL_H
#define VCHAN_XEN_CHANNEL_H

#include "libvchan.h"
#include "link.h"
#include "rings.h"

/* Owns `link`, on failure too (NULL, ENOMEM). */
libvchan_t *channel_open(const struct rings *rings, struct link *link);

#endif
