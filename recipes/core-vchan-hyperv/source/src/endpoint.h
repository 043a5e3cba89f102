/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which socket address stands for a port of another domain: one file per system. */
#ifndef VCHAN_ENDPOINT_H
#define VCHAN_ENDPOINT_H

#include "vchan-stream.h"

/* These mean what the fields of struct vchan_family mean. */
bool endpoint_find(int domain, int port, bool listening, struct vchan_family_address *where);
bool endpoint_is_of(int domain, const void *address, size_t size);
void endpoint_explain(void);

#endif
