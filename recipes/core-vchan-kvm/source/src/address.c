/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which vsock address stands for a port of a domain. */
#include "address.h"

#include <errno.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

unsigned kvm_cid_of(int domain)
{
    return domain == 0 ? VMADDR_CID_HOST : KVM_CID_BASE + (unsigned)domain;
}

static bool is_guest(unsigned cid)
{
    return cid > KVM_CID_BASE && cid <= KVM_CID_BASE + KVM_DOMAIN_MOST;
}

/* All domains share the host's ports, so each has a range of its own there. */
static unsigned port_on_host(unsigned domain, int port)
{
    return domain << 16 | (unsigned)port;
}

bool kvm_address_of(unsigned own, int domain, int port, bool listening, struct kvm_address *address)
{
    bool on_host = own == VMADDR_CID_HOST;

    if (domain < 0 || domain > KVM_DOMAIN_MOST || port < 0 || port > KVM_PORT_MOST) {
        errno = EINVAL;
        return false;
    }
    /* vsock connects the host with its guests, never two guests, and never a machine with itself here. */
    if (on_host ? domain == 0 : domain != 0 || !is_guest(own)) {
        errno = EADDRNOTAVAIL;
        return false;
    }
    address->cid = listening ? VMADDR_CID_ANY : kvm_cid_of(domain);
    if (on_host && listening)
        address->port = port_on_host((unsigned)domain, port);
    else if (!on_host && !listening)
        address->port = port_on_host(own - KVM_CID_BASE, port);
    else
        address->port = (unsigned)port;
    return true;
}
