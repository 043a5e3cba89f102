/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages over a byte channel, without blocking: over a vchan between domains, or over a local
 * stream between programs of one domain. Everything that comes is checked against the link's table of
 * expected messages before its body is read; a channel that saw anything else is broken for good.
 */
#ifndef QREXEC_CHANNEL_H
#define QREXEC_CHANNEL_H

#include "carrier.h"
#include "protocol.h"

#define QREXEC_QUEUE_MOST (256 * 1024) /* bytes of messages that wait for a slow peer */

struct qrexec_channel;

/* Takes over the carrier; `incoming` is the link of the messages that will come. NULL without memory. */
struct qrexec_channel *qrexec_channel_open(struct qrexec_carrier carrier, enum qrexec_link incoming);
void qrexec_channel_close(struct qrexec_channel *channel);

/* As libvchan_is_open, and disconnected as soon as the channel is broken. */
int qrexec_channel_state(struct qrexec_channel *channel);
/* Why a channel is broken: one line, or NULL when the peer just went away. */
const char *qrexec_channel_problem(const struct qrexec_channel *channel);

struct os_wait_item qrexec_channel_item(struct qrexec_channel *channel);
/* To be called once whenever that item has fired. */
void qrexec_channel_fired(struct qrexec_channel *channel);

struct qrexec_message {
    struct qrexec_header header;
    const uint8_t *body; /* valid until the next call with the channel */
};

/* 1: a whole message came; 0: not yet; -1: the channel has ended or is broken. */
int qrexec_channel_receive(struct qrexec_channel *channel, struct qrexec_message *message);

/* Sends a message, or keeps it until there is room; false when the channel is (now) broken. */
bool qrexec_channel_send(struct qrexec_channel *channel, uint32_t type, const void *body, size_t size);

/* Moves kept messages; whether none is left. */
bool qrexec_channel_flush(struct qrexec_channel *channel);

/* How many bytes of data one message may carry now so that it need not be kept; 0 for none. */
size_t qrexec_channel_room(struct qrexec_channel *channel);

/* Bytes that are not messages (the answer to a REQUEST is a bare port). */
bool qrexec_channel_send_raw(struct qrexec_channel *channel, const void *bytes, size_t size);

/*
 * Waits for the peer and exchanges greetings, for at most timeout_ms or until `stop` (may be NULL).
 * Both sides send theirs at once, so whichever the peer expects to be first is satisfied. false when
 * the versions do not fit either; the problem then says so.
 */
bool qrexec_channel_greet(struct qrexec_channel *channel, int timeout_ms, struct os_event *stop);

/* The same without waiting: sends our greeting … */
bool qrexec_channel_send_hello(struct qrexec_channel *channel);
/* … and judges the peer's. */
bool qrexec_channel_take_hello(struct qrexec_channel *channel, const struct qrexec_message *message);

#endif
