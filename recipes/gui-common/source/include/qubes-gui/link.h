/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Messages over a byte stream, without ever blocking: what arrived is buffered up to one longest
 * message, what is to be sent up to a limit. Whoever owns the link decides what to do when the
 * other end does not read.
 */
#ifndef QUBES_GUI_LINK_H
#define QUBES_GUI_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include <qubes-gui/codec.h>

/* A connected stream. No function may block. */
struct gui_transport {
    void *stream;
    int (*ready)(void *stream);                                /* bytes that can be read now */
    int (*space)(void *stream);                                /* bytes that can be written now */
    int (*read)(void *stream, void *bytes, size_t size);       /* negative: failed */
    int (*write)(void *stream, const void *bytes, size_t size); /* negative: failed */
    bool (*open)(void *stream);                                /* is the other end still there? */
};

struct gui_link {
    struct gui_transport transport;
    enum gui_direction receives;
    uint8_t *in;
    size_t in_start, in_end;
    uint8_t *out;
    size_t out_start, out_end, out_limit;
    uint64_t skip; /* bytes of an unknown message still to be thrown away */
    bool ended;    /* the stream is over; what is buffered may still be taken */
    enum gui_status broken;
};

/*
 * receives is the direction of the messages that this end reads; out_limit bounds what waits to
 * be sent, in bytes. GUI_NO_MEMORY is the only failure.
 */
enum gui_status gui_link_open(struct gui_link *link, struct gui_transport transport, enum gui_direction receives,
                              size_t out_limit);

/* Frees the buffers; the transport stays its owner's. */
void gui_link_close(struct gui_link *link);

/* Writes what waits, as far as possible without waiting. */
enum gui_status gui_link_flush(struct gui_link *link);

/*
 * Flushes, and reads as much of what arrived as the buffer holds. GUI_CLOSED once the stream has
 * ended and everything read from it has been taken.
 */
enum gui_status gui_link_pump(struct gui_link *link);

/* Has more arrived than was read? Then pump again before waiting for an event. */
bool gui_link_readable(struct gui_link *link);

/*
 * The next complete message; message->data is valid until the next call. GUI_INCOMPLETE when
 * there is none yet. An agent's link skips messages it does not know. Any other status is a
 * violation and stays.
 */
enum gui_status gui_link_next(struct gui_link *link, struct gui_message *message);

/* Queues a message. GUI_FULL when it does not fit below the limit; nothing is queued then. */
enum gui_status gui_link_send(struct gui_link *link, const struct gui_message *message);

/* Exactly size bytes of a handshake, or GUI_INCOMPLETE. */
enum gui_status gui_link_take(struct gui_link *link, uint8_t *bytes, size_t size);

/* Queues bytes of a handshake. */
enum gui_status gui_link_put(struct gui_link *link, const uint8_t *bytes, size_t size);

/* Bytes that wait to be sent. */
size_t gui_link_backlog(const struct gui_link *link);

#endif
