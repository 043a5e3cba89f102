/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several streams over one connection, in both directions at once and without blocking. */
#ifndef STREAMS_H
#define STREAMS_H

#include "options.h"

struct streams {
    int from_peer, to_peer;
    int sources[STREAMS_MOST]; /* what is read here and sent, by index; -1 when it has ended */
    size_t source_count;
    int sinks[STREAMS_MOST]; /* where it is written what comes; -1 when nobody reads it any more */
    size_t sink_count;
    bool is_server; /* the end at which gpg runs: it ends when its sources have */
};

/*
 * Carries until the call ends. On the server: 0 when all sources have ended. On the client: the exit code that came.
 * -1 when the peer is gone or breaks the protocol; `problem` says why.
 */
int streams_carry(struct streams *streams, const char **problem);

/* Sends the frame that ends the call. */
bool streams_send_exit(struct streams *streams, int code);

#endif
