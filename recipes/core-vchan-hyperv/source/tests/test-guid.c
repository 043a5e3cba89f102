/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GUIDs are those that Hyper-V, Linux's vsock and vmm-hyperv derive on their side. */
#include <string.h>

#include "../src/guid.h"
#include "expect.h"

static bool reads(struct guid guid, const char *text)
{
    char own[40];
    const uint8_t *rest = guid.data4;

    snprintf(own, sizeof(own), "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)guid.data1, guid.data2,
             guid.data3, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]);
    return strcmp(own, text) == 0;
}

int main(void)
{
    struct guid one = guid_of_port(2761), other = guid_of_port(2761);

    /* The example of Microsoft's documentation: port 2761 is 0x00000ac9. */
    EXPECT(reads(one, "00000ac9-facb-11e6-bd58-64006a7986d3"));
    EXPECT(reads(guid_of_port(512), "00000200-facb-11e6-bd58-64006a7986d3"));
    EXPECT(reads(guid_of_domain(3), "00000003-7175-4265-8000-000000000001"));
    EXPECT(reads(guid_of_domain(0x7fef), "00007fef-7175-4265-8000-000000000001"));
    EXPECT(guid_equal(&one, &other));
    other.data4[7]++;
    EXPECT(!guid_equal(&one, &other));
    other = guid_of_domain(2761);
    EXPECT(!guid_equal(&one, &other));
    return 0;
}
