/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vchan over a byte stream: two rings, open state, waiting, and an orderly end. */
#include "vchan-stream.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "libvchan.h"
#include "transport.h"

/* How long closing waits for a peer that takes nothing, and for one that takes little at a time. */
#define LINGER_IDLE_MS 1000
#define LINGER_MOST_MS 5000

struct libvchan {
    struct transport *transport;
    struct ring in;
    struct ring out;
    bool waiting;    /* a server without its peer */
    bool in_ended;   /* everything the peer sent is in the ring */
    bool out_broken; /* the peer takes nothing more */
};

static vchan_stream *stream_open(struct vchan_listener *listener, struct vchan_peer peer, size_t read_min,
                                 size_t write_min)
{
    vchan_stream *stream = calloc(1, sizeof(*stream));
    struct transport *transport = transport_open(listener, peer);

    if (stream == NULL || transport == NULL || !ring_open(&stream->in, read_min) ||
        !ring_open(&stream->out, write_min)) {
        int cause = errno ? errno : ENOMEM;
        if (transport != NULL)
            transport_close(transport);
        if (stream != NULL) {
            ring_close(&stream->in);
            ring_close(&stream->out);
        }
        free(stream);
        errno = cause;
        return NULL;
    }
    stream->transport = transport;
    stream->waiting = listener != NULL;
    return stream;
}

vchan_stream *vchan_stream_serve(struct vchan_listener *listener, size_t read_min, size_t write_min)
{
    struct vchan_peer nobody = {.handle = VCHAN_NO_HANDLE};

    return stream_open(listener, nobody, read_min, write_min);
}

vchan_stream *vchan_stream_connected(struct vchan_peer peer, size_t read_min, size_t write_min)
{
    return stream_open(NULL, peer, read_min, write_min);
}

static void accept_peer(vchan_stream *stream)
{
    if (!stream->waiting)
        return;
    int answer = transport_accept(stream->transport);
    if (answer != 0)
        stream->waiting = false;
    if (answer < 0)
        stream->in_ended = stream->out_broken = true;
}

static void receive(vchan_stream *stream)
{
    if (!stream->waiting && !stream->in_ended && transport_receive(stream->transport, &stream->in) < 0)
        stream->in_ended = true;
}

static void transmit(vchan_stream *stream)
{
    if (!stream->waiting && !stream->out_broken && transport_transmit(stream->transport, &stream->out) < 0)
        stream->out_broken = true;
}

static void arm(vchan_stream *stream)
{
    transport_arm(stream->transport, &stream->in, &stream->out);
}

int vchan_stream_wait(vchan_stream *stream, int timeout_ms)
{
    int fired = 1;

    if (!stream->in_ended)
        fired = transport_wait(stream->transport, timeout_ms);
    accept_peer(stream);
    receive(stream);
    transmit(stream);
    arm(stream);
    return fired;
}

int vchan_stream_is_open(vchan_stream *stream)
{
    if (stream->waiting)
        return VCHAN_WAITING;
    return stream->in_ended || stream->out_broken ? VCHAN_DISCONNECTED : VCHAN_CONNECTED;
}

vchan_handle vchan_stream_handle(vchan_stream *stream)
{
    return transport_handle(stream->transport);
}

int vchan_stream_data_ready(vchan_stream *stream)
{
    receive(stream);
    arm(stream);
    return (int)ring_used(&stream->in);
}

int vchan_stream_buffer_space(vchan_stream *stream)
{
    transmit(stream);
    arm(stream);
    return (int)ring_free(&stream->out);
}

static int too_large(void)
{
    errno = EMSGSIZE;
    return -1;
}

static int ended(void)
{
    errno = EPIPE;
    return -1;
}

int vchan_stream_write(vchan_stream *stream, const void *data, size_t size)
{
    const unsigned char *next = data;
    size_t left = size;

    if (size > INT_MAX)
        return too_large();
    for (;;) {
        if (stream->in_ended || stream->out_broken)
            return ended();
        size_t put = ring_put(&stream->out, next, left);
        next += put;
        left -= put;
        transmit(stream);
        arm(stream);
        if (left == 0)
            return (int)size;
        if (ring_free(&stream->out) == 0 && vchan_stream_wait(stream, -1) < 0)
            return -1;
    }
}

int vchan_stream_send(vchan_stream *stream, const void *data, size_t size)
{
    if (size > stream->out.capacity)
        return too_large();
    while (ring_free(&stream->out) < size) {
        if (stream->in_ended || stream->out_broken)
            return ended();
        transmit(stream);
        arm(stream);
        if (ring_free(&stream->out) < size && vchan_stream_wait(stream, -1) < 0)
            return -1;
    }
    return vchan_stream_write(stream, data, size);
}

/* Waits until `size` bytes can be read; false when they will never come. */
static bool await_data(vchan_stream *stream, size_t size)
{
    receive(stream);
    while (ring_used(&stream->in) < size) {
        if (stream->in_ended) {
            ended();
            return false;
        }
        arm(stream);
        if (vchan_stream_wait(stream, -1) < 0)
            return false;
    }
    return true;
}

static int take(vchan_stream *stream, void *data, size_t size)
{
    size_t taken = ring_take(&stream->in, data, size);

    arm(stream);
    return (int)taken;
}

int vchan_stream_read(vchan_stream *stream, void *data, size_t size)
{
    if (size == 0)
        return 0;
    return await_data(stream, 1) ? take(stream, data, size) : -1;
}

int vchan_stream_recv(vchan_stream *stream, void *data, size_t size)
{
    if (size > stream->in.capacity)
        return too_large();
    return await_data(stream, size) ? take(stream, data, size) : -1;
}

/* Hands the rest of the output to the system while the peer makes progress. */
static void linger(vchan_stream *stream)
{
    unsigned long long start = transport_now(), moved = start;
    size_t last = ring_used(&stream->out);

    while (!stream->in_ended && !stream->out_broken) {
        transmit(stream);
        size_t left = ring_used(&stream->out);
        if (left == 0 && !transport_is_sending(stream->transport))
            return;
        unsigned long long now = transport_now();
        if (left != last)
            moved = now;
        last = left;
        if (now - moved >= LINGER_IDLE_MS || now - start >= LINGER_MOST_MS)
            return;
        /* A peer that is stuck writing to us would never come to read. */
        stream->in.tail = stream->in.head;
        arm(stream);
        vchan_stream_wait(stream, 50);
    }
}

void vchan_stream_close(vchan_stream *stream)
{
    if (stream == NULL)
        return;
    if (!stream->waiting)
        linger(stream);
    transport_close(stream->transport);
    ring_close(&stream->in);
    ring_close(&stream->out);
    free(stream);
}
