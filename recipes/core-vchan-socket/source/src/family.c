/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ends of a channel over sockets of one family. */
#include "vchan-stream.h"

vchan_stream *vchan_family_serve(const struct vchan_family *family, int domain, int port, size_t read_min,
                                 size_t write_min)
{
    struct vchan_family_address where;
    struct vchan_listener *listener = NULL;

    if (family->find(domain, port, true, &where))
        listener = vchan_family_listen(&where, domain, family->is_of);
    if (listener == NULL) {
        family->explain();
        return NULL;
    }
    return vchan_stream_serve(listener, read_min, write_min);
}

static int attempt(void *where, struct vchan_peer *peer)
{
    return vchan_family_connect(where, peer);
}

vchan_stream *vchan_family_join(const struct vchan_family *family, int domain, int port)
{
    struct vchan_family_address where;
    struct vchan_peer peer;

    if (!family->find(domain, port, false, &where) || vchan_connect_patiently(attempt, &where, &peer) < 0) {
        family->explain();
        return NULL;
    }
    return vchan_stream_connected(peer, VCHAN_BUFFER_DEFAULT, VCHAN_BUFFER_DEFAULT);
}
