/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport over a handle with overlapped I/O: one read and one write on their way at most. */
#include "transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 32768

struct half {
    OVERLAPPED io;
    bool pending; /* io is on its way or has not been looked at since */
    bool failed;
    DWORD start; /* of the bytes that a partial write left over */
    DWORD size;
    unsigned char bytes[PIECE];
};

struct transport {
    struct vchan_listener *listener; /* until the peer has come */
    struct vchan_peer peer;
    HANDLE event; /* manual reset; of both halves and of the listener, so that callers have one handle */
    struct half in;
    struct half out;
};

static void release(struct vchan_listener *listener, struct vchan_peer peer)
{
    if (listener != NULL)
        listener->close(listener);
    else if (peer.close != NULL)
        peer.close(peer.handle);
}

static HANDLE open_event(struct vchan_listener *listener)
{
    HANDLE self = GetCurrentProcess(), event = NULL;

    if (listener == NULL)
        return CreateEventW(NULL, TRUE, TRUE, NULL); /* fires once, so that the first read begins */
    if (!DuplicateHandle(self, listener->ready, self, &event, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return NULL;
    return event;
}

struct transport *transport_open(struct vchan_listener *listener, struct vchan_peer peer)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    HANDLE event = transport != NULL ? open_event(listener) : NULL;

    if (event == NULL) {
        free(transport);
        release(listener, peer);
        errno = ENOMEM;
        return NULL;
    }
    transport->listener = listener;
    transport->peer = peer;
    transport->event = event;
    transport->in.io.hEvent = event;
    transport->out.io.hEvent = event;
    return transport;
}

/* Waits for a cancelled operation. Not by its event, which the other one sets as well. */
static void abandon(struct half *half)
{
    while (half->pending && !HasOverlappedIoCompleted(&half->io))
        Sleep(1);
    half->pending = false;
}

void transport_close(struct transport *transport)
{
    if (transport->listener == NULL && transport->peer.close != NULL) {
        /* The buffers belong to the system until both operations are over. */
        CancelIoEx(transport->peer.handle, NULL);
        abandon(&transport->in);
        abandon(&transport->out);
    }
    release(transport->listener, transport->peer);
    CloseHandle(transport->event);
    free(transport);
}

vchan_handle transport_handle(struct transport *transport)
{
    return transport->event;
}

int transport_accept(struct transport *transport)
{
    struct vchan_listener *listener = transport->listener;
    int answer = listener->accept(listener, &transport->peer);

    if (answer == 0)
        return 0;
    listener->close(listener);
    transport->listener = NULL;
    if (answer < 0)
        transport->in.failed = transport->out.failed = true;
    return answer;
}

/* The outcome of a pending operation: bytes (0 for the end of the stream), -1 failed, -2 not yet. */
static int outcome(struct transport *transport, struct half *half)
{
    DWORD count = 0;

    if (GetOverlappedResult(transport->peer.handle, &half->io, &count, FALSE)) {
        half->pending = false;
        return (int)count;
    }
    if (GetLastError() == ERROR_IO_INCOMPLETE)
        return -2;
    half->pending = false;
    return -1;
}

/* Notes how an operation began; GetLastError is also Winsock's error. */
static void begun(struct half *half, bool at_once)
{
    half->pending = at_once || GetLastError() == ERROR_IO_PENDING;
    half->failed = !half->pending;
}

static void begin_read(struct transport *transport, const struct ring *in)
{
    struct half *half = &transport->in;
    size_t room = ring_free(in) < PIECE ? ring_free(in) : PIECE;
    WSABUF buffer = {(ULONG)room, (char *)half->bytes};
    DWORD flags = 0;

    if (half->pending || half->failed || room == 0)
        return;
    if (transport->peer.is_socket)
        begun(half, WSARecv((SOCKET)transport->peer.handle, &buffer, 1, NULL, &flags, &half->io, NULL) == 0);
    else
        begun(half, ReadFile(transport->peer.handle, half->bytes, (DWORD)room, NULL, &half->io));
}

int transport_receive(struct transport *transport, struct ring *in)
{
    struct half *half = &transport->in;

    for (;;) {
        begin_read(transport, in);
        if (!half->pending)
            return half->failed ? -1 : 0;
        int count = outcome(transport, half);
        if (count == -2)
            return 0;
        if (count <= 0)
            half->failed = true;
        else
            ring_put(in, half->bytes, (size_t)count); /* it fits: room only grows while a read is pending */
    }
}

static void begin_write(struct transport *transport)
{
    struct half *half = &transport->out;
    WSABUF buffer = {half->size - half->start, (char *)half->bytes + half->start};

    if (transport->peer.is_socket)
        begun(half, WSASend((SOCKET)transport->peer.handle, &buffer, 1, NULL, 0, &half->io, NULL) == 0);
    else
        begun(half, WriteFile(transport->peer.handle, buffer.buf, buffer.len, NULL, &half->io));
}

int transport_transmit(struct transport *transport, struct ring *out)
{
    struct half *half = &transport->out;

    while (!half->failed) {
        if (half->pending) {
            int count = outcome(transport, half);
            if (count == -2)
                return 0;
            if (count <= 0) {
                half->failed = true;
                break;
            }
            half->start += (DWORD)count;
        }
        if (half->start == half->size) {
            half->start = 0;
            half->size = (DWORD)ring_take(out, half->bytes, PIECE);
            if (half->size == 0)
                return 0;
        }
        begin_write(transport);
    }
    return -1;
}

bool transport_is_sending(const struct transport *transport)
{
    return transport->out.pending;
}

void transport_arm(struct transport *transport, const struct ring *in, const struct ring *out)
{
    struct half *reading = &transport->in, *writing = &transport->out;

    (void)out; /* a write is pending whenever there is something to write */
    if (transport->listener != NULL)
        return;
    begin_read(transport, in);
    /*
     * Starting an operation resets the event, which may hide that the other one is over. The order
     * reset, then look, misses nothing: what ends after the look sets the event itself.
     */
    ResetEvent(transport->event);
    if (reading->failed || (reading->pending && HasOverlappedIoCompleted(&reading->io)) ||
        (writing->pending && HasOverlappedIoCompleted(&writing->io)))
        SetEvent(transport->event);
}

int transport_wait(struct transport *transport, int timeout_ms)
{
    DWORD answer = WaitForSingleObject(transport->event, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms);

    return answer == WAIT_OBJECT_0 ? 1 : answer == WAIT_TIMEOUT ? 0 : -1;
}

unsigned long long transport_now(void)
{
    return GetTickCount64();
}

void transport_sleep(unsigned milliseconds)
{
    Sleep(milliseconds);
}
