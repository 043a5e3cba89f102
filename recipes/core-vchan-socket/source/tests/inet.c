/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A provider for tests: the family sockets of the stream layer, over TCP on this machine. It shows
 * on any machine that the code which Hyper-V sockets and vsock share really carries a channel.
 */
#include <string.h>

#ifdef _WIN32
#include <winsock2.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#endif

#include <errno.h>

#include "libvchan.h"
#include "vchan-stream.h"

static bool find(int domain, int port, bool listening, struct vchan_family_address *where)
{
    struct sockaddr_in address = {0};

    (void)listening; /* both ends name this machine and the port */
    if (domain < 0 || port < 0) {
        errno = EINVAL;
        return false;
    }
    memset(where, 0, sizeof(*where));
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where->family = AF_INET;
    where->size = sizeof(address);
    memcpy(where->bytes, &address, sizeof(address));
    return true;
}

static bool is_of(int domain, const void *address, size_t size)
{
    struct sockaddr_in peer;

    if (size != sizeof(peer))
        return false;
    memcpy(&peer, address, sizeof(peer));
    return domain >= 0 && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

static void explain(void)
{
}

static const struct vchan_family inet = {find, is_of, explain};

libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min)
{
    return vchan_family_serve(&inet, domain, port, read_min, write_min);
}

libvchan_t *libvchan_client_init(int domain, int port)
{
    return vchan_family_join(&inet, domain, port);
}
