/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes between rings and the operating system, without blocking: one file per system. */
#ifndef VCHAN_TRANSPORT_H
#define VCHAN_TRANSPORT_H

#include "ring.h"
#include "vchan-stream.h"

struct transport;

/* Owns `peer`, or `listener` when it is not NULL. NULL with errno on failure. */
struct transport *transport_open(struct vchan_listener *listener, struct vchan_peer peer);
void transport_close(struct transport *transport);

/* What a caller of transport_wait may wait for. It stays one and the same. */
vchan_handle transport_handle(struct transport *transport);

/* Accepts the peer when it has come. 1 connected, 0 not yet, -1 failed. */
int transport_accept(struct transport *transport);

/* Moves bytes that have come into `in`. 0, or -1 at the end of the stream. */
int transport_receive(struct transport *transport, struct ring *in);

/* Moves bytes of `out` towards the peer. 0, or -1 when the peer is gone. */
int transport_transmit(struct transport *transport, struct ring *out);

/* Whether bytes taken out of the ring are still on their way to the system. */
bool transport_is_sending(const struct transport *transport);

/*
 * Makes the handle fire when the next event comes: a peer, bytes (when `in` has room), room for
 * bytes (when `out` holds some). It fires at once when one has come since the last call above.
 */
void transport_arm(struct transport *transport, const struct ring *in, const struct ring *out);

/* Waits for the handle: 1 it fired, 0 the time is over, -1 error. */
int transport_wait(struct transport *transport, int timeout_ms);

/* A clock in milliseconds that never goes back, and a pause. */
unsigned long long transport_now(void);
void transport_sleep(unsigned milliseconds);

#endif
