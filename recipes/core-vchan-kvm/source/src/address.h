/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which vsock address stands for a port of a domain. */
#ifndef VCHAN_KVM_ADDRESS_H
#define VCHAN_KVM_ADDRESS_H

#include <stdbool.h>

/* The CID of domain N is this plus N: far from the ones that libvirt gives to machines by itself. */
#define KVM_CID_BASE 65536u
#define KVM_DOMAIN_MOST 32751 /* as in core-admin */
#define KVM_PORT_MOST 65535

struct kvm_address {
    unsigned cid;  /* VMADDR_CID_ANY to listen */
    unsigned port; /* of vsock */
};

/*
 * Where a machine with the CID `own` listens for, or reaches, `port` of `domain`. false with errno:
 * EINVAL for numbers that no domain or port has, EADDRNOTAVAIL for a domain that cannot be reached.
 */
bool kvm_address_of(unsigned own, int domain, int port, bool listening, struct kvm_address *address);

/* The CID of a domain, seen from any machine; domain 0 is the host. */
unsigned kvm_cid_of(int domain);

#endif
