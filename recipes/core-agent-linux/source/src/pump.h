/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves the data of one call between its channel and local streams; the same code for both ends. */
#ifndef QREXEC_PUMP_H
#define QREXEC_PUMP_H

#include "qrexec/channel.h"

/* A local stream whose bytes go to the peer as messages of one type. */
struct pump_source {
    struct os_stream *stream; /* NULL when it has ended or there is none */
    uint32_t type;
};

/* A local stream that takes the data of one type of message. */
struct pump_sink {
    struct os_stream *stream; /* NULL when it was closed, is broken, or there is none */
    uint32_t type;
};

struct pump {
    struct qrexec_channel *channel;
    struct pump_source sources[2];
    struct pump_sink sinks[2];
    bool sink_broke;         /* somebody stopped reading what the peer sends */
    struct pump_sink *into;  /* where the rest of the current message goes, NULL for none */
    const uint8_t *rest;
    size_t rest_size;
    bool has_exit_code;      /* the peer said that the service has ended */
    int32_t exit_code;
    bool gone;               /* nothing more will come */
};

/* Moves what can be moved now; whether anything was. */
bool pump_turn(struct pump *pump);

/* Appends what the next turn waits for to items[]; at most PUMP_ITEMS. The channel's item is the first. */
#define PUMP_ITEMS 5
size_t pump_items(struct pump *pump, struct os_wait_item items[PUMP_ITEMS]);

bool pump_has_ended_sources(const struct pump *pump);
/* Whether all that came has been delivered to local streams. */
bool pump_is_delivered(struct pump *pump);
void pump_close_streams(struct pump *pump);

#endif
