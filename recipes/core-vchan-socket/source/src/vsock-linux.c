/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of AF_VSOCK. */
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "vchan-stream.h"

void vchan_vsock_address(struct vchan_family_address *where, unsigned cid, unsigned port)
{
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};

    memset(where, 0, sizeof(*where));
    where->family = AF_VSOCK;
    where->size = sizeof(address);
    memcpy(where->bytes, &address, sizeof(address));
}

bool vchan_vsock_is_of(unsigned cid, const void *address, size_t size)
{
    struct sockaddr_vm peer;

    if (size < sizeof(peer))
        return false;
    memcpy(&peer, address, sizeof(peer));
    return peer.svm_family == AF_VSOCK && peer.svm_cid == cid;
}
