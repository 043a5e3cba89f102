/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provider "hyperv": a channel is one Hyper-V socket between a guest and its host. */
#include "endpoint.h"
#include "libvchan.h"

static const struct vchan_family hyperv = {endpoint_find, endpoint_is_of, endpoint_explain};

libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min)
{
    return vchan_family_serve(&hyperv, domain, port, read_min, write_min);
}

libvchan_t *libvchan_client_init(int domain, int port)
{
    return vchan_family_join(&hyperv, domain, port);
}
