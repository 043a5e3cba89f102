/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On Windows: Hyper-V sockets (AF_HYPERV), between a host and its guests. */
#include <winsock2.h>

#include <errno.h>
#include <string.h>

#include "endpoint.h"
#include "guid.h"

/* Values of the Windows SDK's hvsocket.h, which mingw-w64 does not have in full. */
#define FAMILY_HYPERV 34
#define PROTOCOL_RAW 1

struct hyperv_address {
    uint16_t family;
    uint16_t reserved;
    struct guid machine;
    struct guid service;
};
_Static_assert(sizeof(struct hyperv_address) == 36, "SOCKADDR_HV has no padding");

/* HV_GUID_PARENT: the host, as its guest names it. */
static const struct guid parent = {0xa42e7cda, 0xd03f, 0x480c, {0x9c, 0xc2, 0xa4, 0xde, 0x20, 0xab, 0xb8, 0x78}};

static bool family_exists(void)
{
    static int known; /* 0 not asked yet, 1 yes, -1 no */
    WSADATA data;

    if (known == 0 && WSAStartup(MAKEWORD(2, 2), &data) == 0) {
        SOCKET probe = WSASocketW(FAMILY_HYPERV, SOCK_STREAM, PROTOCOL_RAW, NULL, 0, WSA_FLAG_OVERLAPPED);
        known = probe != INVALID_SOCKET ? 1 : -1;
        if (probe != INVALID_SOCKET)
            closesocket(probe);
    }
    return known > 0;
}

/*
 * A guest knows one domain, 0, which is its host. On the host every other domain is a virtual
 * machine; naming it in the listening address lets only that machine connect.
 */
static struct guid machine_of(int domain)
{
    return domain == 0 ? parent : guid_of_domain((uint32_t)domain);
}

bool endpoint_find(int domain, int port, bool listening, struct vchan_family_address *where)
{
    struct hyperv_address address = {.family = FAMILY_HYPERV};

    (void)listening; /* both ends name the other machine and the service */
    if (domain < 0 || port < 0) {
        errno = EINVAL;
        return false;
    }
    if (!family_exists()) {
        errno = EAFNOSUPPORT;
        return false;
    }
    address.machine = machine_of(domain);
    address.service = guid_of_port((uint32_t)port);
    memset(where, 0, sizeof(*where));
    where->family = FAMILY_HYPERV;
    where->protocol = PROTOCOL_RAW;
    where->size = sizeof(address);
    memcpy(where->bytes, &address, sizeof(address));
    return true;
}

bool endpoint_is_of(int domain, const void *address, size_t size)
{
    struct guid machine = machine_of(domain);
    struct hyperv_address peer;

    if (size < sizeof(peer))
        return false;
    memcpy(&peer, address, sizeof(peer));
    return peer.family == FAMILY_HYPERV && guid_equal(&peer.machine, &machine);
}

void endpoint_explain(void)
{
    int cause = errno;

    if (cause == EAFNOSUPPORT)
        vchan_explain("vchan-hyperv", "this Windows has no Hyper-V sockets (address family 34): "
                                      "turn on the Windows feature Hyper-V and restart");
    else if (cause == EACCES)
        vchan_explain("vchan-hyperv", "Hyper-V does not let this user talk to domains; administrators may, "
                                      "after \"qubes-vmm-hyperv register\"");
    errno = cause;
}
