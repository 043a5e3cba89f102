/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Linux guest's end: whom it can reach, what it says when it cannot, and a port that is taken. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "../src/endpoint.h"
#include "expect.h"
#include "libvchan.h"

static void knows_the_host_from_others(void)
{
    struct sockaddr_vm peer = {.svm_family = AF_VSOCK, .svm_cid = VCHAN_HOST_CID};

    EXPECT(endpoint_is_of(0, &peer, sizeof(peer)));
    EXPECT(!endpoint_is_of(1, &peer, sizeof(peer)));
    EXPECT(!endpoint_is_of(0, &peer, sizeof(peer) - 1));
    peer.svm_cid = 77;
    EXPECT(!endpoint_is_of(0, &peer, sizeof(peer)));
}

/* Runs what a person would see; the program's standard error goes to a file meanwhile. */
static void says(libvchan_t *(*open)(void), int cause, const char *words)
{
    char text[512] = "";
    FILE *file = tmpfile();
    int before = dup(2);

    EXPECT(file != NULL && before >= 0 && dup2(fileno(file), 2) == 2);
    libvchan_t *vchan = open();
    int seen = errno;
    dup2(before, 2);
    close(before);
    rewind(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    text[size] = '\0';
    fclose(file);
    EXPECT(vchan == NULL);
    EXPECT(seen == cause);
    EXPECT(strstr(text, words) != NULL);
}

static libvchan_t *serve_another_guest(void)
{
    return libvchan_server_init(5, 60513, 4096, 4096);
}

static libvchan_t *serve_the_host(void)
{
    return libvchan_server_init(0, 60513, 4096, 4096);
}

int main(void)
{
    knows_the_host_from_others();
    EXPECT(libvchan_server_init(0, -1, 0, 0) == NULL && errno == EINVAL);
    EXPECT(libvchan_client_init(-1, 513) == NULL && errno == EINVAL);
    says(serve_another_guest, EADDRNOTAVAIL, "reaches domain 0 only");
    EXPECT(libvchan_client_init(7, 513) == NULL && errno == EADDRNOTAVAIL);

    int probe = socket(AF_VSOCK, SOCK_STREAM, 0);
    if (probe < 0) {
        says(serve_the_host, EAFNOSUPPORT, "no vsock");
        puts("test-guest: this kernel has no vsock, and the library says so");
        return 0;
    }
    close(probe);
    libvchan_t *vchan = serve_the_host();
    EXPECT(vchan != NULL && libvchan_is_open(vchan) == VCHAN_WAITING);
    EXPECT(serve_the_host() == NULL && errno == EADDRINUSE);
    libvchan_close(vchan);
    vchan = serve_the_host();
    EXPECT(vchan != NULL);
    libvchan_close(vchan);
    puts("test-guest: listens on a real vsock");
    return 0;
}
