/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The meaning of libvchan's functions over two shared rings. */
#include "channel.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* How long a server that closes lets its peer read: as the stream layer of core-vchan-socket. */
#define LINGER_IDLE_MS 1000
#define LINGER_MOST_MS 5000

struct libvchan {
    struct rings rings;
    struct link *link;
};

libvchan_t *channel_open(const struct rings *rings, struct link *link)
{
    libvchan_t *vchan = malloc(sizeof(*vchan));

    if (vchan == NULL) {
        link_close(link);
        errno = ENOMEM;
        return NULL;
    }
    vchan->rings = *rings;
    vchan->link = link;
    return vchan;
}

static void tell(libvchan_t *vchan, uint8_t what)
{
    if (rings_owe(&vchan->rings, what))
        link_notify(vchan->link);
}

static int too_large(void)
{
    errno = EMSGSIZE;
    return -1;
}

/* The end of the channel: the peer is gone, or it has written what no peer writes. */
static int ended(const libvchan_t *vchan)
{
    errno = vchan->rings.broken ? EPROTO : EPIPE;
    return -1;
}

int libvchan_is_open(libvchan_t *vchan)
{
    return rings_state(&vchan->rings);
}

/* A peer that has gone sends no events any more; the last one is forgotten like any other. */
int libvchan_wait(libvchan_t *vchan)
{
    bool gone = libvchan_is_open(vchan) == VCHAN_DISCONNECTED;

    return link_wait(vchan->link, gone ? 0 : -1) < 0 ? -1 : 0;
}

libvchan_fd libvchan_fd_for_select(libvchan_t *vchan)
{
    return link_handle(vchan->link);
}

/* A caller that is told a number waits until it grows, so the peer is asked for news before the number is read. */
int libvchan_data_ready(libvchan_t *vchan)
{
    rings_ask(&vchan->rings, RINGS_WRITTEN);
    return (int)rings_ready(&vchan->rings);
}

int libvchan_buffer_space(libvchan_t *vchan)
{
    rings_ask(&vchan->rings, RINGS_READ);
    return (int)rings_space(&vchan->rings);
}

/* Waits until `size` bytes can be read; false when they will never come. */
static bool await_data(libvchan_t *vchan, size_t size)
{
    while (rings_ready(&vchan->rings) < size) {
        /* In this order: what a peer wrote before it went is found before its going is. */
        int state = libvchan_is_open(vchan);
        if ((size_t)libvchan_data_ready(vchan) >= size)
            return true;
        if (state == VCHAN_DISCONNECTED || link_wait(vchan->link, -1) < 0) {
            ended(vchan);
            return false;
        }
    }
    return true;
}

/* Waits until there is room for `size` bytes; false when there will never be. */
static bool await_space(libvchan_t *vchan, size_t size)
{
    for (;;) {
        if (libvchan_is_open(vchan) == VCHAN_DISCONNECTED)
            break;
        if (rings_space(&vchan->rings) >= size || (size_t)libvchan_buffer_space(vchan) >= size)
            return true;
        if (libvchan_is_open(vchan) == VCHAN_DISCONNECTED || link_wait(vchan->link, -1) < 0)
            break;
    }
    ended(vchan);
    return false;
}

static int take(libvchan_t *vchan, void *data, size_t size)
{
    size_t taken = rings_take(&vchan->rings, data, size);

    tell(vchan, RINGS_READ);
    return (int)taken;
}

int libvchan_read(libvchan_t *vchan, void *data, size_t size)
{
    if (size == 0)
        return 0;
    return await_data(vchan, 1) ? take(vchan, data, size < INT_MAX ? size : INT_MAX) : -1;
}

int libvchan_recv(libvchan_t *vchan, void *data, size_t size)
{
    if (size > vchan->rings.in.size)
        return too_large();
    return await_data(vchan, size) ? take(vchan, data, size) : -1;
}

int libvchan_write(libvchan_t *vchan, const void *data, size_t size)
{
    const unsigned char *next = data;
    size_t left = size;

    if (size > INT_MAX)
        return too_large();
    do {
        if (!await_space(vchan, left > 0))
            return -1;
        size_t put = rings_put(&vchan->rings, next, left);
        next += put;
        left -= put;
        tell(vchan, RINGS_WRITTEN);
    } while (left > 0);
    return (int)size;
}

int libvchan_send(libvchan_t *vchan, const void *data, size_t size)
{
    if (size > vchan->rings.out.size)
        return too_large();
    return await_space(vchan, size) ? libvchan_write(vchan, data, size) : -1;
}

/*
 * The memory is the server's, and goes with it: a client gets the time to read what is there, as long as it makes
 * progress, and to give the memory back.
 */
static void linger(libvchan_t *vchan)
{
    unsigned long long start = link_now(), moved = start;
    uint32_t last = rings_space(&vchan->rings);

    while (rings_state(&vchan->rings) == VCHAN_CONNECTED) {
        unsigned long long now = link_now();
        uint32_t space = (uint32_t)libvchan_buffer_space(vchan);
        if (space != last)
            moved = now;
        last = space;
        if (now - moved >= LINGER_IDLE_MS || now - start >= LINGER_MOST_MS)
            return;
        link_wait(vchan->link, 50);
    }
}

void libvchan_close(libvchan_t *vchan)
{
    if (vchan == NULL)
        return;
    rings_leave(&vchan->rings);
    link_notify(vchan->link);
    if (vchan->rings.is_server)
        linger(vchan);
    link_close(vchan->link);
    free(vchan);
}
