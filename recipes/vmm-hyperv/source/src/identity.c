/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GUIDs that Hyper-V knows our things by. */
#include "identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TAIL "-7175-4265-8000-00000000000"

static void make(uint32_t domain, char kind, char out[IDENTITY_TEXT])
{
    snprintf(out, IDENTITY_TEXT, "%08" PRIx32 TAIL "%c", domain, kind);
}

void identity_machine(uint32_t domain, char out[IDENTITY_TEXT])
{
    make(domain, '1', out);
}

void identity_link(uint32_t domain, char out[IDENTITY_TEXT])
{
    make(domain, '2', out);
}

void identity_client_end(uint32_t domain, char out[IDENTITY_TEXT])
{
    make(domain, '3', out);
}

void identity_netvm_end(uint32_t domain, char out[IDENTITY_TEXT])
{
    make(domain, '4', out);
}

void identity_uplink_end(uint32_t domain, char out[IDENTITY_TEXT])
{
    make(domain, '5', out);
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool identity_is_machine(const char *text, uint32_t *domain)
{
    if (strlen(text) != IDENTITY_TEXT - 1 || strcmp(text + 8, TAIL "1") != 0)
        return false;
    *domain = 0;
    for (int i = 0; i < 8; i++) {
        if (hex(text[i]) < 0)
            return false;
        *domain = *domain << 4 | (uint32_t)hex(text[i]);
    }
    return true;
}

void identity_mac(uint32_t domain, bool netvm_end, char out[18])
{
    /* Ids are below 2^15: the top bit tells the two ends apart. */
    unsigned low = (unsigned)(domain & 0x7fff) | (netvm_end ? 0x8000u : 0);
    snprintf(out, 18, "00-16-3E-5E-%02X-%02X", low >> 8, low & 0xff);
}

void identity_service(uint32_t port, char out[IDENTITY_TEXT])
{
    snprintf(out, IDENTITY_TEXT, "%08" PRIx32 "-facb-11e6-bd58-64006a7986d3", port);
}
