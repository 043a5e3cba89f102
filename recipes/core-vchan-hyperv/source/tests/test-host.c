/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs under Wine: which peer a host accepts, and the answer where Hyper-V is missing. */
#include <winsock2.h>
#include <windows.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../src/endpoint.h"
#include "expect.h"
#include "libvchan.h"

/* SOCKADDR_HV of domain 3's machine and port 513, as Windows lays it out in memory. */
static const uint8_t machine_3[36] = {34, 0, 0, 0,                                                /* family */
                                      3, 0, 0, 0, 0x75, 0x71, 0x65, 0x42, 0x80, 0, 0, 0, 0, 0, 0, 1, /* machine */
                                      1, 2, 0, 0, 0xcb, 0xfa, 0xe6, 0x11, 0xbd, 0x58, 0x64, 0, 0x6a, 0x79, 0x86, 0xd3};

static void only_the_domain_itself_is_accepted(void)
{
    uint8_t address[36];

    EXPECT(endpoint_is_of(3, machine_3, sizeof(machine_3)));
    EXPECT(!endpoint_is_of(4, machine_3, sizeof(machine_3)));
    EXPECT(!endpoint_is_of(0, machine_3, sizeof(machine_3)));
    EXPECT(!endpoint_is_of(3, machine_3, sizeof(machine_3) - 1));
    memcpy(address, machine_3, sizeof(address));
    address[0] = AF_INET;
    EXPECT(!endpoint_is_of(3, address, sizeof(address)));
}

/* Wine knows no address family 34, like a Windows without the feature. */
static void a_missing_family_is_explained(void)
{
    char text[512] = "";

    EXPECT(freopen("said.txt", "wb", stderr) != NULL);
    EXPECT(libvchan_server_init(0, -1, 4096, 4096) == NULL && errno == EINVAL);
    EXPECT(libvchan_server_init(0, 513, 4096, 4096) == NULL && errno == EAFNOSUPPORT);
    EXPECT(libvchan_client_init(4, 513) == NULL && errno == EAFNOSUPPORT);
    fflush(stderr);
    FILE *file = fopen("said.txt", "rb");
    EXPECT(file != NULL);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    const char *first = strstr(text, "no Hyper-V sockets (address family 34)");
    EXPECT(first != NULL);
    EXPECT(strstr(first + 1, "no Hyper-V") == NULL); /* said once */
}

int main(void)
{
    only_the_domain_itself_is_accepted();
    a_missing_family_is_explained();
    puts("test-host: good");
    return 0;
}
