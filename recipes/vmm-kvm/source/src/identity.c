/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and numbers that follow from a domain's id. */
#include "identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MACHINE_TAIL "-7175-4265-8000-000000000001"
#define CID_BASE 65536u /* core-vchan-kvm's rule */

void identity_machine(uint32_t domain, char out[IDENTITY_UUID])
{
    snprintf(out, IDENTITY_UUID, "%08" PRIx32 MACHINE_TAIL, domain);
}

bool identity_is_machine(const char *text, size_t length, uint32_t *domain)
{
    uint32_t id = 0;
    if (length != IDENTITY_UUID - 1 || memcmp(text + 8, MACHINE_TAIL, sizeof MACHINE_TAIL - 1) != 0)
        return false;
    for (size_t i = 0; i < 8; i++) {
        const char *digits = "0123456789abcdef", *digit = memchr(digits, text[i], 16);
        if (!digit)
            return false;
        id = id << 4 | (uint32_t)(digit - digits);
    }
    *domain = id;
    return true;
}

void identity_machine_name(const char *domain, char out[IDENTITY_NAME])
{
    snprintf(out, IDENTITY_NAME, "qubes-%.31s", domain);
}

void identity_network(uint32_t netvm, char out[IDENTITY_NAME])
{
    snprintf(out, IDENTITY_NAME, "qubes-net-%" PRIu32, netvm);
}

void identity_bridge(uint32_t netvm, char out[IDENTITY_NAME])
{
    snprintf(out, IDENTITY_NAME, "qubes%" PRIu32, netvm);
}

void identity_mac(uint32_t domain, bool netvm_end, char out[IDENTITY_MAC])
{
    snprintf(out, IDENTITY_MAC, "00:16:3e:%s:%02x:%02x", netvm_end ? "5f" : "5e", (unsigned)(domain >> 8 & 0xff),
             (unsigned)(domain & 0xff));
}

uint32_t identity_cid(uint32_t domain)
{
    return CID_BASE + domain;
}
