/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GUIDs by which Hyper-V sockets name machines and services. */
#include "guid.h"

#include <string.h>

bool guid_equal(const struct guid *one, const struct guid *other)
{
    return one->data1 == other->data1 && one->data2 == other->data2 && one->data3 == other->data3 &&
           memcmp(one->data4, other->data4, sizeof(one->data4)) == 0;
}

struct guid guid_of_port(uint32_t port)
{
    struct guid guid = {port, 0xfacb, 0x11e6, {0xbd, 0x58, 0x64, 0x00, 0x6a, 0x79, 0x86, 0xd3}};

    return guid;
}

struct guid guid_of_domain(uint32_t domain)
{
    struct guid guid = {domain, 0x7175, 0x4265, {0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01}};

    return guid;
}
