/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both sides of every channel come to the same address, and no two channels share one. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "../src/address.h"
#include "expect.h"

#define HOST VMADDR_CID_HOST

static struct kvm_address at(unsigned own, int domain, int port, bool listening)
{
    struct kvm_address address;

    EXPECT(kvm_address_of(own, domain, port, listening, &address));
    return address;
}

static bool refused(unsigned own, int domain, int port, int cause)
{
    struct kvm_address address;

    return !kvm_address_of(own, domain, port, true, &address) && errno == cause &&
           !kvm_address_of(own, domain, port, false, &address) && errno == cause;
}

/* The host connects to a guest that listens, and a guest to the host. */
static void meet(int domain, int port)
{
    unsigned guest = kvm_cid_of(domain);
    struct kvm_address here = at(guest, 0, port, true), there = at(HOST, domain, port, false);

    EXPECT(here.cid == VMADDR_CID_ANY && there.cid == guest && here.port == there.port);
    here = at(HOST, domain, port, true);
    there = at(guest, 0, port, false);
    EXPECT(here.cid == VMADDR_CID_ANY && there.cid == HOST && here.port == there.port);
}

int main(void)
{
    static const int domains[] = {1, 2, 5, 255, 256, 32751}, ports[] = {0, 1, 512, 513, 6000, 65535};
    const size_t count = 6;

    EXPECT(kvm_cid_of(0) == HOST);
    EXPECT(kvm_cid_of(5) == 65541);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            meet(domains[i], ports[j]);
    /* On the host, each domain's ports are its own. */
    for (size_t i = 0; i < count * count; i++)
        for (size_t j = 0; j < i; j++)
            EXPECT(at(HOST, domains[i / count], ports[i % count], true).port !=
                   at(HOST, domains[j / count], ports[j % count], true).port);
    EXPECT(refused(HOST, 0, 512, EADDRNOTAVAIL));
    EXPECT(refused(kvm_cid_of(5), 7, 512, EADDRNOTAVAIL));
    EXPECT(refused(kvm_cid_of(5), 5, 512, EADDRNOTAVAIL));
    EXPECT(refused(3, 0, 512, EADDRNOTAVAIL));
    EXPECT(refused(KVM_CID_BASE, 0, 512, EADDRNOTAVAIL));
    EXPECT(refused(KVM_CID_BASE + 32752, 0, 512, EADDRNOTAVAIL));
    EXPECT(refused(HOST, -1, 512, EINVAL));
    EXPECT(refused(HOST, 32752, 512, EINVAL));
    EXPECT(refused(HOST, 5, -1, EINVAL));
    EXPECT(refused(HOST, 5, 65536, EINVAL));
    puts("test-address: good");
    return 0;
}
