/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvchan: a byte channel with flow control between two domains. */
#ifndef LIBVCHAN_H
#define LIBVCHAN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
typedef HANDLE libvchan_fd; /* an event; wait for it with WaitForSingleObject and its kin */
#ifdef VCHAN_BUILD
#define VCHAN_API __declspec(dllexport)
#else
#define VCHAN_API
#endif
#else
typedef int libvchan_fd; /* poll it for POLLIN only */
#define VCHAN_API __attribute__((visibility("default")))
#endif

/* What libvchan_is_open answers. */
#define VCHAN_DISCONNECTED 0 /* the peer is gone; what it had sent can still be read */
#define VCHAN_CONNECTED 1
#define VCHAN_WAITING 2 /* a server whose client has not come yet; it may write already */

typedef struct libvchan libvchan_t;

/*
 * Offers `port` to `domain` and returns at once; the peer's arrival is an event. read_min and
 * write_min are the least sizes of the two buffers in bytes. NULL with errno set on failure:
 * EADDRINUSE when the port is already offered, EAFNOSUPPORT when this machine lacks the transport.
 */
VCHAN_API libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min);

/*
 * Connects to `port` of `domain`, waiting for its server to appear for at most
 * $VCHAN_CONNECT_TIMEOUT milliseconds (10000 unless set). NULL with errno set on failure.
 */
VCHAN_API libvchan_t *libvchan_client_init(int domain, int port);

/*
 * libvchan_write blocks until all bytes are accepted; libvchan_send accepts all or nothing and
 * blocks until all fit. libvchan_read blocks until there is something and takes at most `size`;
 * libvchan_recv takes exactly `size` or nothing and blocks until they have come. Each returns the
 * number of bytes, or -1 when the peer is gone (or, for send and recv, when `size` is larger than
 * the buffer). None of them blocks for bytes within libvchan_buffer_space or libvchan_data_ready.
 */
VCHAN_API int libvchan_write(libvchan_t *vchan, const void *data, size_t size);
VCHAN_API int libvchan_send(libvchan_t *vchan, const void *data, size_t size);
VCHAN_API int libvchan_read(libvchan_t *vchan, void *data, size_t size);
VCHAN_API int libvchan_recv(libvchan_t *vchan, void *data, size_t size);

/* Blocks until the next event: the peer came or went, bytes came, or room for bytes appeared. */
VCHAN_API int libvchan_wait(libvchan_t *vchan);

/* What to wait for instead; when it fires, call libvchan_wait once, then look at the state. */
VCHAN_API libvchan_fd libvchan_fd_for_select(libvchan_t *vchan);

VCHAN_API int libvchan_is_open(libvchan_t *vchan);
VCHAN_API int libvchan_data_ready(libvchan_t *vchan);   /* bytes that can be read without blocking */
VCHAN_API int libvchan_buffer_space(libvchan_t *vchan); /* bytes that can be written likewise */

/*
 * Delivers what was written as long as the peer takes it (never to a peer that has not come), then
 * ends the channel. NULL is allowed.
 */
VCHAN_API void libvchan_close(libvchan_t *vchan);

#ifdef __cplusplus
}
#endif
#endif
