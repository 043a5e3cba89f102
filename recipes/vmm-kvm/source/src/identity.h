/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt knows our things by. All follows from numeric domain ids, so that nothing is stored or looked up. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_UUID 37 /* a UUID in text with its terminator, lower case */
#define IDENTITY_NAME 48 /* of a machine or network, with its terminator */
#define IDENTITY_MAC 18

/* The machine of a domain: DDDDDDDD-7175-4265-8000-000000000001, D the id in hexadecimal. */
void identity_machine(uint32_t domain, char out[IDENTITY_UUID]);
/* Back from a line of `length` bytes; false when it is not the UUID of one of our machines. */
bool identity_is_machine(const char *text, size_t length, uint32_t *domain);

/* "qubes-NAME", apart from the machines that a hosted system has already. */
void identity_machine_name(const char *domain, char out[IDENTITY_NAME]);
/* The network below a domain that provides one, and the bridge that carries it (at most 15 bytes). */
void identity_network(uint32_t netvm, char out[IDENTITY_NAME]);
void identity_bridge(uint32_t netvm, char out[IDENTITY_NAME]);

/* MAC addresses in Xen's range that Qubes uses, 00:16:3e:5e:xx:xx; 00:16:3e:5f for a netvm's own network. */
void identity_mac(uint32_t domain, bool netvm_end, char out[IDENTITY_MAC]);

/* The vsock address by which core-vchan-kvm reaches the domain. */
uint32_t identity_cid(uint32_t domain);

#endif
