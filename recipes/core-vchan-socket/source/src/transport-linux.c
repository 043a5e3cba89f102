/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport over a file descriptor; an epoll descriptor is what callers wait for. */
#define _GNU_SOURCE
#include "transport.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536

struct transport {
    struct vchan_listener *listener; /* until the peer has come */
    struct vchan_peer peer;
    int epoll;
    uint32_t events; /* what epoll watches the peer or the listener for */
};

static int watch(struct transport *transport, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events};

    transport->events = events;
    return epoll_ctl(transport->epoll, operation, fd, &event);
}

static void release(struct vchan_listener *listener, struct vchan_peer peer)
{
    if (listener != NULL)
        listener->close(listener);
    else
        peer.close(peer.handle);
}

struct transport *transport_open(struct vchan_listener *listener, struct vchan_peer peer)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    int fd = listener != NULL ? listener->ready : peer.handle;

    if (transport == NULL) {
        release(listener, peer);
        return NULL;
    }
    transport->listener = listener;
    transport->peer = peer;
    transport->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (transport->epoll < 0 || watch(transport, EPOLL_CTL_ADD, fd, EPOLLIN) < 0) {
        int cause = errno;
        transport_close(transport);
        errno = cause;
        return NULL;
    }
    return transport;
}

void transport_close(struct transport *transport)
{
    if (transport->epoll >= 0)
        close(transport->epoll);
    if (transport->listener != NULL || transport->peer.close != NULL)
        release(transport->listener, transport->peer);
    free(transport);
}

vchan_handle transport_handle(struct transport *transport)
{
    return transport->epoll;
}

int transport_accept(struct transport *transport)
{
    struct vchan_listener *listener = transport->listener;
    int answer = listener->accept(listener, &transport->peer);

    if (answer == 0)
        return 0;
    epoll_ctl(transport->epoll, EPOLL_CTL_DEL, listener->ready, NULL);
    listener->close(listener);
    transport->listener = NULL;
    if (answer > 0 && watch(transport, EPOLL_CTL_ADD, transport->peer.handle, EPOLLIN) < 0)
        return -1;
    return answer;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int transport_receive(struct transport *transport, struct ring *in)
{
    unsigned char piece[PIECE];

    for (;;) {
        size_t room = ring_free(in) < sizeof(piece) ? ring_free(in) : sizeof(piece);
        if (room == 0)
            return 0;
        ssize_t count = read(transport->peer.handle, piece, room);
        if (count < 0)
            return would_block() ? 0 : -1;
        if (count == 0)
            return -1;
        ring_put(in, piece, (size_t)count);
    }
}

/* Other descriptors than sockets (a serial port) raise no SIGPIPE. */
static ssize_t put_bytes(int fd, const void *data, size_t size)
{
    ssize_t count = send(fd, data, size, MSG_NOSIGNAL);

    return count < 0 && errno == ENOTSOCK ? write(fd, data, size) : count;
}

int transport_transmit(struct transport *transport, struct ring *out)
{
    while (ring_used(out) > 0) {
        size_t start = out->tail & (out->capacity - 1);
        size_t size = ring_used(out);
        if (size > out->capacity - start)
            size = out->capacity - start;
        ssize_t count = put_bytes(transport->peer.handle, out->bytes + start, size);
        if (count < 0)
            return would_block() ? 0 : -1;
        out->tail += (size_t)count;
    }
    return 0;
}

bool transport_is_sending(const struct transport *transport)
{
    (void)transport; /* what has left the ring is in the kernel's hands, even after close */
    return false;
}

void transport_arm(struct transport *transport, const struct ring *in, const struct ring *out)
{
    uint32_t events = 0;

    if (transport->listener != NULL || transport->peer.close == NULL)
        return;
    if (ring_free(in) > 0)
        events |= EPOLLIN;
    if (ring_used(out) > 0)
        events |= EPOLLOUT;
    if (events != transport->events)
        watch(transport, EPOLL_CTL_MOD, transport->peer.handle, events);
}

int transport_wait(struct transport *transport, int timeout_ms)
{
    struct pollfd item = {.fd = transport->epoll, .events = POLLIN};
    int fired = poll(&item, 1, timeout_ms < 0 ? -1 : timeout_ms);

    return fired < 0 && errno == EINTR ? 1 : fired;
}

unsigned long long transport_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
}

void transport_sleep(unsigned milliseconds)
{
    struct timespec pause = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

    nanosleep(&pause, NULL);
}
