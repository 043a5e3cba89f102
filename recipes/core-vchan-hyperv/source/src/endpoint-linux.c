/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside a Linux guest: Hyper-V sockets appear as vsock, and only the host can be reached. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "endpoint.h"

#ifndef VCHAN_HOST_CID /* the tests build this file for the loopback address as well */
#define VCHAN_HOST_CID VMADDR_CID_HOST
#endif

bool endpoint_find(int domain, int port, bool listening, struct vchan_family_address *where)
{
    if (domain < 0 || port < 0) {
        errno = EINVAL;
        return false;
    }
    if (domain != 0) {
        errno = EADDRNOTAVAIL;
        return false;
    }
    vchan_vsock_address(where, listening ? VMADDR_CID_ANY : VCHAN_HOST_CID, (unsigned)port);
    return true;
}

bool endpoint_is_of(int domain, const void *address, size_t size)
{
    return domain == 0 && vchan_vsock_is_of(VCHAN_HOST_CID, address, size);
}

void endpoint_explain(void)
{
    int cause = errno;

    if (cause == EAFNOSUPPORT)
        vchan_explain("vchan-hyperv", "this kernel has no vsock (AF_VSOCK): load hv_sock, or boot under Hyper-V");
    else if (cause == EADDRNOTAVAIL)
        vchan_explain("vchan-hyperv", "a guest of Hyper-V reaches domain 0 only; the host relays to others");
    errno = cause;
}
