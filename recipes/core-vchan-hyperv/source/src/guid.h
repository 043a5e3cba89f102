/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GUIDs by which Hyper-V sockets name machines and services. */
#ifndef VCHAN_GUID_H
#define VCHAN_GUID_H

#include <stdbool.h>
#include <stdint.h>

/* As Windows keeps it in memory. */
struct guid {
    uint32_t data1;
    uint16_t data2;
    uint16_t data3;
    uint8_t data4[8];
};

bool guid_equal(const struct guid *one, const struct guid *other);

/* The service that stands for a vsock port, by Microsoft's template: XXXXXXXX-facb-11e6-bd58-64006a7986d3. */
struct guid guid_of_port(uint32_t port);

/* The virtual machine that vmm-hyperv makes for a domain: XXXXXXXX-7175-4265-8000-000000000001. */
struct guid guid_of_domain(uint32_t domain);

#endif
