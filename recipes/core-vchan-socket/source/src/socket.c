/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provider "socket": both ends are processes of one machine, so domains can be tested there. */
#include <stdio.h>

#include "address.h"
#include "libvchan.h"
#include "vchan-stream.h"

libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min)
{
    char name[VCHAN_NAME_SIZE];

    if (!vchan_address(name, vchan_own_domain(), domain, port))
        return NULL;
    struct vchan_listener *listener = vchan_local_listen(name, VCHAN_ACCESS_OWNER, true);
    return listener != NULL ? vchan_stream_serve(listener, read_min, write_min) : NULL;
}

static int attempt(void *name, struct vchan_peer *peer)
{
    return vchan_local_connect(name, peer);
}

libvchan_t *libvchan_client_init(int domain, int port)
{
    char name[VCHAN_NAME_SIZE];
    struct vchan_peer peer;

    if (!vchan_address(name, domain, vchan_own_domain(), port) ||
        vchan_connect_patiently(attempt, name, &peer) < 0)
        return NULL;
    return vchan_stream_connected(peer, VCHAN_BUFFER_DEFAULT, VCHAN_BUFFER_DEFAULT);
}
