/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A twin of libxenvchan and XenStore for tests: a path in XenStore is a Unix socket in
 * $VCHAN_SOCKET_DIR, shared memory is the stream layer. As there, a second server takes the place of
 * the first, and a client whose server is not there fails at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "expect.h"
#include "libvchan.h"
#include "vchan-stream.h"

struct twin {
    struct libxenvchan shared; /* first, as callers know it */
    vchan_stream *stream;
};

struct xs_handle *xs_open(unsigned long flags)
{
    EXPECT(flags == 0);
    return malloc(1);
}

void xs_close(struct xs_handle *store)
{
    free(store);
}

void *xs_read(struct xs_handle *store, xs_transaction_t transaction, const char *path, unsigned *size)
{
    const char *own = getenv("VCHAN_DOMAIN");

    EXPECT(store != NULL && transaction == XBT_NULL && strcmp(path, "domid") == 0);
    if (own == NULL)
        own = "0";
    *size = (unsigned)strlen(own);
    return strdup(own);
}

static vchan_stream *stream_of(struct libxenvchan *shared)
{
    EXPECT(shared->blocking);
    return ((struct twin *)shared)->stream;
}

static int order_of(size_t least)
{
    int order = 0;

    while ((size_t)1 << order < least)
        order++;
    return order;
}

static struct libxenvchan *make(vchan_stream *stream, size_t send_min, size_t receive_min)
{
    struct twin *twin = calloc(1, sizeof(*twin));

    EXPECT(stream != NULL && twin != NULL);
    twin->stream = stream;
    twin->shared.write.order = order_of(send_min);
    twin->shared.read.order = order_of(receive_min);
    return &twin->shared;
}

/* XenStore's directories as one file name. */
static void endpoint(char name[256], const char *path)
{
    int used = snprintf(name, 256, "%s/", getenv("VCHAN_SOCKET_DIR"));

    EXPECT(used > 0 && (size_t)used + strlen(path) < 256);
    for (size_t i = 0; i <= strlen(path); i++)
        name[(size_t)used + i] = path[i] == '/' ? '.' : path[i];
}

struct libxenvchan *libxenvchan_server_init(struct xentoollog_logger *logger, int domain, const char *path,
                                            size_t receive_min, size_t send_min)
{
    char absolute[128], name[256];
    const char *own = getenv("VCHAN_DOMAIN");

    EXPECT(logger == NULL && domain >= 0);
    snprintf(absolute, sizeof(absolute), "/local/domain/%s/%s", own != NULL ? own : "0", path);
    endpoint(name, absolute);
    unlink(name);
    struct vchan_listener *listener = vchan_local_listen(name, VCHAN_ACCESS_OWNER, true);
    EXPECT(listener != NULL);
    return make(vchan_stream_serve(listener, receive_min, send_min), send_min, receive_min);
}

struct libxenvchan *libxenvchan_client_init(struct xentoollog_logger *logger, int domain, const char *path)
{
    char name[256];
    struct vchan_peer peer;

    EXPECT(logger == NULL && domain >= 0);
    endpoint(name, path);
    if (vchan_local_connect(name, &peer) != 1) {
        errno = ENOENT;
        return NULL;
    }
    /* A client's rings are the server's: the scenarios ask for these. */
    return make(vchan_stream_connected(peer, 65536, 65536), 65536, 65536);
}

void libxenvchan_close(struct libxenvchan *shared)
{
    vchan_stream_close(stream_of(shared));
    free(shared);
}

int libxenvchan_recv(struct libxenvchan *shared, void *data, size_t size)
{
    return vchan_stream_recv(stream_of(shared), data, size);
}

int libxenvchan_read(struct libxenvchan *shared, void *data, size_t size)
{
    return vchan_stream_read(stream_of(shared), data, size);
}

int libxenvchan_send(struct libxenvchan *shared, const void *data, size_t size)
{
    return vchan_stream_send(stream_of(shared), data, size);
}

int libxenvchan_write(struct libxenvchan *shared, const void *data, size_t size)
{
    return vchan_stream_write(stream_of(shared), data, size);
}

int libxenvchan_wait(struct libxenvchan *shared)
{
    return vchan_stream_wait(stream_of(shared), -1) < 0 ? -1 : 0;
}

int libxenvchan_fd_for_select(struct libxenvchan *shared)
{
    return vchan_stream_handle(stream_of(shared));
}

int libxenvchan_is_open(struct libxenvchan *shared)
{
    return vchan_stream_is_open(stream_of(shared));
}

int libxenvchan_data_ready(struct libxenvchan *shared)
{
    return vchan_stream_data_ready(stream_of(shared));
}

int libxenvchan_buffer_space(struct libxenvchan *shared)
{
    return vchan_stream_buffer_space(stream_of(shared));
}
