/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provider on a real vsock, as the machine that VCHAN_OWN_CID names. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "expect.h"
#include "libvchan.h"

#define PORT 60513

static libvchan_t *serve(int domain)
{
    return libvchan_server_init(domain, PORT, 4096, 4096);
}

static void host(void)
{
    int probe = socket(AF_VSOCK, SOCK_STREAM, 0);

    EXPECT(libvchan_server_init(5, -1, 0, 0) == NULL && errno == EINVAL);
    EXPECT(libvchan_client_init(0, PORT) == NULL && errno == EADDRNOTAVAIL);
    if (probe < 0) {
        EXPECT(serve(5) == NULL && errno == EAFNOSUPPORT);
        puts("test-host: this kernel has no vsock, and the library says so");
        return;
    }
    close(probe);
    libvchan_t *vchan = serve(5), *other = serve(6);
    EXPECT(vchan != NULL && libvchan_is_open(vchan) == VCHAN_WAITING);
    EXPECT(other != NULL && libvchan_is_open(other) == VCHAN_WAITING);
    EXPECT(serve(5) == NULL && errno == EADDRINUSE);
    libvchan_close(vchan);
    vchan = serve(5);
    EXPECT(vchan != NULL);
    libvchan_close(vchan);
    libvchan_close(other);
    puts("test-host: listens for two domains on a real vsock");
}

static void stranger(void)
{
    EXPECT(serve(0) == NULL && errno == EADDRNOTAVAIL);
    EXPECT(serve(5) == NULL && errno == EADDRNOTAVAIL);
    EXPECT(libvchan_client_init(0, PORT) == NULL && errno == EADDRNOTAVAIL);
    puts("test-stranger: a machine that is no domain is refused");
}

int main(void)
{
    (VCHAN_OWN_CID == VMADDR_CID_HOST ? host : stranger)();
    return 0;
}
