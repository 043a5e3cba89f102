/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provider "kvm": a channel is one vsock connection between a guest and its host. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "address.h"
#include "libvchan.h"
#include "vchan-stream.h"

/* This machine's CID; VMADDR_CID_ANY where there is no vsock, or a host that serves none. */
static unsigned own_cid(void)
{
#ifdef VCHAN_OWN_CID /* the tests play machines */
    return VCHAN_OWN_CID;
#else
    unsigned cid = VMADDR_CID_ANY;
    int device = open("/dev/vsock", O_RDONLY | O_CLOEXEC);

    if (device < 0)
        return VMADDR_CID_ANY;
    if (ioctl(device, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0)
        cid = VMADDR_CID_ANY;
    close(device);
    return cid;
#endif
}

static bool find(int domain, int port, bool listening, struct vchan_family_address *where)
{
    unsigned own = own_cid();
    struct kvm_address address;

    if (own == VMADDR_CID_ANY) {
        errno = EAFNOSUPPORT;
        return false;
    }
    if (!kvm_address_of(own, domain, port, listening, &address))
        return false;
    vchan_vsock_address(where, address.cid, address.port);
    return true;
}

static bool is_of(int domain, const void *address, size_t size)
{
    return vchan_vsock_is_of(kvm_cid_of(domain), address, size);
}

static void explain(void)
{
    int cause = errno;

    if (cause == EAFNOSUPPORT)
        vchan_explain("vchan-kvm", "no vsock here: load vhost_vsock on the host, or give the guest a vhost-vsock device");
    else if (cause == EADDRNOTAVAIL)
        vchan_explain("vchan-kvm", "a guest reaches domain 0 only, by the CID that its domain has (65536 + id); "
                                   "the host relays to others");
    errno = cause;
}

static const struct vchan_family kvm = {find, is_of, explain};

libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min)
{
    return vchan_family_serve(&kvm, domain, port, read_min, write_min);
}

libvchan_t *libvchan_client_init(int domain, int port)
{
    return vchan_family_join(&kvm, domain, port);
}
