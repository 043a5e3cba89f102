/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stream sockets of any address family on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vchan-stream.h"

#define CONNECT_MOST_MS 2000
#define BACKLOG 4

struct family_listener {
    struct vchan_listener base;
    int domain;
    bool (*welcome)(int domain, const void *address, size_t size);
};

static void close_fd(vchan_handle fd)
{
    close(fd);
}

static int fail_with(int fd, int cause)
{
    if (fd >= 0)
        close(fd);
    errno = cause;
    return -1;
}

static int open_socket(const struct vchan_family_address *where)
{
    return socket(where->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, where->protocol);
}

static int family_accept(struct vchan_listener *base, struct vchan_peer *peer)
{
    struct family_listener *listener = (struct family_listener *)base;
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    int fd = accept4(base->ready, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
                     errno == ECONNABORTED || errno == EMFILE || errno == ENFILE;
        return later ? 0 : -1;
    }
    if (!listener->welcome(listener->domain, &address, size)) {
        close(fd);
        return 0;
    }
    peer->handle = fd;
    peer->close = close_fd;
    return 1;
}

static void family_close(struct vchan_listener *base)
{
    close(base->ready);
    free(base);
}

struct vchan_listener *vchan_family_listen(const struct vchan_family_address *where, int domain,
                                           bool (*welcome)(int domain, const void *address, size_t size))
{
    struct family_listener *listener = calloc(1, sizeof(*listener));
    int fd = open_socket(where), one = 1;

    if (listener == NULL || fd < 0) {
        fail_with(fd, listener == NULL ? ENOMEM : errno);
        free(listener);
        return NULL;
    }
    /* Families without lingering connections ignore it. */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (const struct sockaddr *)where->bytes, (socklen_t)where->size) < 0 || listen(fd, BACKLOG) < 0) {
        fail_with(fd, errno);
        free(listener);
        return NULL;
    }
    listener->domain = domain;
    listener->welcome = welcome;
    listener->base.ready = fd;
    listener->base.accept = family_accept;
    listener->base.close = family_close;
    return &listener->base;
}

/* Waits for a connection that is being made; its outcome as an errno. */
static int await_connection(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLOUT};
    int cause = ETIMEDOUT;
    socklen_t size = sizeof(cause);

    if (poll(&item, 1, CONNECT_MOST_MS) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) < 0)
        cause = errno;
    return cause;
}

int vchan_family_connect(const struct vchan_family_address *where, struct vchan_peer *peer)
{
    int fd = open_socket(where), cause = 0;

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)where->bytes, (socklen_t)where->size) < 0)
        cause = errno == EINPROGRESS ? await_connection(fd) : errno;
    switch (cause) {
    case 0:
        peer->handle = fd;
        peer->close = close_fd;
        return 1;
    case ECONNREFUSED: /* nobody listens, or the other machine is not up (yet) */
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENODEV:
        fail_with(fd, cause);
        return 0;
    default:
        return fail_with(fd, cause);
    }
}
