/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provider "xen": a channel is memory that two domains share, and the event channels beside it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "libvchan.h"
#include "paths.h"
#include "vchan-stream.h"

struct libvchan {
    struct libxenvchan *shared;
    int claim; /* a server's hold on its port; -1 for clients */
};

static libvchan_t *fail_without_xen(void)
{
    vchan_explain("vchan-xen", "no XenStore here: this is no Xen domain, or the kernel lacks /dev/xen/xenbus");
    errno = EAFNOSUPPORT;
    return NULL;
}

/* This domain's number; -1 where there is no Xen. */
static int own_domain(void)
{
    struct xs_handle *store = xs_open(0);
    unsigned size = 0;
    int number = -1;

    if (store == NULL)
        return -1;
    char *text = xs_read(store, XBT_NULL, "domid", &size);
    if (text != NULL)
        number = vchan_domain_number(text);
    free(text);
    xs_close(store);
    return number;
}

/*
 * libxenvchan lets a second server take a port away. An abstract Unix socket's name belongs to one
 * process at a time, and to nobody once that process has died. -1 with EADDRINUSE.
 */
static int claim_port(int own, int domain, int port)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "vchan-xen/%d/%d/%d", own, domain, port);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    size_t size = offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length;

    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, (socklen_t)size) < 0) {
        int cause = errno;
        close(fd);
        errno = cause;
        return -1;
    }
    return fd;
}

static libvchan_t *wrap(struct libxenvchan *shared, int claim)
{
    libvchan_t *vchan = malloc(sizeof(*vchan));

    if (vchan == NULL) {
        libxenvchan_close(shared);
        errno = ENOMEM;
        return NULL;
    }
    shared->blocking = 1;
    vchan->shared = shared;
    vchan->claim = claim;
    return vchan;
}

libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min)
{
    char path[VCHAN_PATH_SIZE];
    libvchan_t *vchan = NULL;

    if (!vchan_server_path(path, domain, port))
        return NULL;
    int own = own_domain();
    if (own < 0)
        return fail_without_xen();
    int claim = claim_port(own, domain, port);
    if (claim < 0)
        return NULL;
    struct libxenvchan *shared = libxenvchan_server_init(NULL, domain, path, read_min, write_min);
    if (shared != NULL)
        vchan = wrap(shared, claim);
    if (vchan == NULL) {
        int cause = errno;
        close(claim);
        errno = cause;
    }
    return vchan;
}

struct attempt {
    int domain;
    const char *path;
    struct libxenvchan *shared;
};

static int attempt_once(void *context, struct vchan_peer *peer)
{
    struct attempt *attempt = context;

    (void)peer; /* shared memory has no handle */
    attempt->shared = libxenvchan_client_init(NULL, attempt->domain, attempt->path);
    return attempt->shared != NULL;
}

libvchan_t *libvchan_client_init(int domain, int port)
{
    char path[VCHAN_PATH_SIZE];
    struct attempt attempt = {.domain = domain, .path = path};
    struct vchan_peer nobody;

    if (!vchan_client_path(path, domain, 0, port))
        return NULL;
    int own = own_domain();
    if (own < 0)
        return fail_without_xen();
    if (!vchan_client_path(path, domain, own, port) || vchan_connect_patiently(attempt_once, &attempt, &nobody) < 0)
        return NULL;
    return wrap(attempt.shared, -1);
}

/* libxenvchan answers -1 for everything; the reasons that libvchan.h names are told apart here. */
static int answer(libvchan_t *vchan, int result)
{
    if (result < 0 && libxenvchan_is_open(vchan->shared) == VCHAN_DISCONNECTED)
        errno = EPIPE;
    return result;
}

static bool fits(const struct libxenvchan_ring *ring, size_t size)
{
    if (size <= (size_t)1 << ring->order)
        return true;
    errno = EMSGSIZE;
    return false;
}

int libvchan_write(libvchan_t *vchan, const void *data, size_t size)
{
    return answer(vchan, libxenvchan_write(vchan->shared, data, size));
}

int libvchan_send(libvchan_t *vchan, const void *data, size_t size)
{
    return fits(&vchan->shared->write, size) ? answer(vchan, libxenvchan_send(vchan->shared, data, size)) : -1;
}

int libvchan_read(libvchan_t *vchan, void *data, size_t size)
{
    return size == 0 ? 0 : answer(vchan, libxenvchan_read(vchan->shared, data, size));
}

int libvchan_recv(libvchan_t *vchan, void *data, size_t size)
{
    return fits(&vchan->shared->read, size) ? answer(vchan, libxenvchan_recv(vchan->shared, data, size)) : -1;
}

int libvchan_wait(libvchan_t *vchan)
{
    return libxenvchan_wait(vchan->shared) < 0 ? -1 : 0;
}

libvchan_fd libvchan_fd_for_select(libvchan_t *vchan)
{
    return libxenvchan_fd_for_select(vchan->shared);
}

int libvchan_is_open(libvchan_t *vchan)
{
    return libxenvchan_is_open(vchan->shared);
}

int libvchan_data_ready(libvchan_t *vchan)
{
    return libxenvchan_data_ready(vchan->shared);
}

int libvchan_buffer_space(libvchan_t *vchan)
{
    return libxenvchan_buffer_space(vchan->shared);
}

void libvchan_close(libvchan_t *vchan)
{
    if (vchan == NULL)
        return;
    libxenvchan_close(vchan->shared);
    if (vchan->claim >= 0)
        close(vchan->claim);
    free(vchan);
}
