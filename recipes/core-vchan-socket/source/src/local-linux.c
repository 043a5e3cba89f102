/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Local endpoints on Linux: Unix stream sockets that have a path. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vchan-stream.h"

#define BACKLOG 64

struct local_listener {
    struct vchan_listener base;
    bool one_peer;
    ino_t inode; /* of the path, so that only our own is ever removed */
    struct sockaddr_un address;
};

static void close_fd(vchan_handle fd)
{
    close(fd);
}

static bool fill_address(struct sockaddr_un *address, const char *path)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(address->sun_path, path, strlen(path));
    return true;
}

static int call_bind(int fd, const struct sockaddr_un *address)
{
    return bind(fd, (const struct sockaddr *)address, sizeof(*address));
}

/*
 * Whether nobody listens at a path that exists. A datagram socket cannot connect to a stream socket,
 * so asking this way never disturbs a server: it is refused only where no process is behind the path.
 */
static bool is_left_over(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool left_over = false;

    if (probe >= 0) {
        left_over = connect(probe, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
                    errno == ECONNREFUSED;
        close(probe);
    }
    return left_over;
}

static int bind_path(int fd, const struct sockaddr_un *address, mode_t mode)
{
    /* The mode must hold from the first moment on, so it comes from the mask and not from chmod. */
    mode_t before = umask(0777 & ~mode);
    int answer = call_bind(fd, address);

    if (answer < 0 && errno == EADDRINUSE) {
        if (is_left_over(address) && unlink(address->sun_path) == 0)
            answer = call_bind(fd, address);
        else
            errno = EADDRINUSE;
    }
    umask(before);
    return answer;
}

static void forget_path(struct local_listener *listener)
{
    struct stat now;

    if (listener->inode != 0 && lstat(listener->address.sun_path, &now) == 0 &&
        now.st_ino == listener->inode)
        unlink(listener->address.sun_path);
    listener->inode = 0;
}

static int local_accept(struct vchan_listener *base, struct vchan_peer *peer)
{
    struct local_listener *listener = (struct local_listener *)base;
    int fd = accept4(base->ready, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
                     errno == ECONNABORTED || errno == EMFILE || errno == ENFILE;
        return later ? 0 : -1;
    }
    if (listener->one_peer)
        forget_path(listener);
    peer->handle = fd;
    peer->close = close_fd;
    return 1;
}

static void local_close(struct vchan_listener *base)
{
    struct local_listener *listener = (struct local_listener *)base;

    forget_path(listener);
    close(base->ready);
    free(listener);
}

struct vchan_listener *vchan_local_listen(const char *name, enum vchan_access access, bool one_peer)
{
    struct local_listener *listener = calloc(1, sizeof(*listener));
    struct stat made;

    if (listener == NULL || !fill_address(&listener->address, name)) {
        free(listener);
        return NULL;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind_path(fd, &listener->address, access == VCHAN_ACCESS_USERS ? 0666 : 0600) < 0 ||
        listen(fd, BACKLOG) < 0) {
        int cause = errno;
        if (fd >= 0)
            close(fd);
        free(listener);
        errno = cause;
        return NULL;
    }
    if (lstat(name, &made) == 0)
        listener->inode = made.st_ino;
    listener->one_peer = one_peer;
    listener->base.ready = fd;
    listener->base.accept = local_accept;
    listener->base.close = local_close;
    return &listener->base;
}

int vchan_local_connect(const char *name, struct vchan_peer *peer)
{
    struct sockaddr_un address;

    if (!fill_address(&address, name))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int cause = errno;
        close(fd);
        errno = cause;
        return cause == ENOENT || cause == ECONNREFUSED || cause == EAGAIN ? 0 : -1;
    }
    peer->handle = fd;
    peer->close = close_fd;
    return 1;
}
