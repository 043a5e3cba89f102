/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GUIDs that Hyper-V knows our things by. All follow from numeric domain ids, so that nothing
 * needs to be stored or looked up: core-vchan-hyperv reaches a domain's machine by the same rule.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#define IDENTITY_TEXT 37 /* a GUID in text with its terminator, without braces, lower case */

/* The machine of a domain: DDDDDDDD-7175-4265-8000-000000000001, D the id in hexadecimal. */
void identity_machine(uint32_t domain, char out[IDENTITY_TEXT]);
/* The network between a domain and its netvm (…02), and its two ends there (…03 and …04). */
void identity_link(uint32_t domain, char out[IDENTITY_TEXT]);
void identity_client_end(uint32_t domain, char out[IDENTITY_TEXT]);
void identity_netvm_end(uint32_t domain, char out[IDENTITY_TEXT]);
/* The end of a network domain on the host's own network (…05). */
void identity_uplink_end(uint32_t domain, char out[IDENTITY_TEXT]);

/* Back from a machine's GUID (any case); false when it is not one of ours. */
bool identity_is_machine(const char *text, uint32_t *domain);

/* MAC addresses in Xen's range that Qubes uses, 00-16-3E-5E-xx-xx; `netvm_end` for the other side. */
void identity_mac(uint32_t domain, bool netvm_end, char out[18]);

/* The Hyper-V socket service of a vsock port: PPPPPPPP-facb-11e6-bd58-64006a7986d3 (Microsoft's template). */
void identity_service(uint32_t port, char out[IDENTITY_TEXT]);

/* The host's own NAT network, which Windows calls "Default Switch"; its GUID is the same everywhere. */
#define IDENTITY_DEFAULT_SWITCH "c08cb7b8-9b3c-408e-8e30-5e16a3aeb444"

/* The vsock ports of Qubes' services: qrexec from 512 on, the GUI at 6000. */
#define PORT_QREXEC_FIRST 512
#define PORT_QREXEC_LAST 767
#define PORT_GUI 6000

#endif
