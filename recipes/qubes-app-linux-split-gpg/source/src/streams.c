/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several streams over one connection. Each direction has one frame under way, so that memory is bounded. */
#define _POSIX_C_SOURCE 200809L
#include "streams.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "request.h"

#define FRAME_SIZE (FRAME_HEADER + FRAME_MOST)

struct carrier {
    struct streams *streams;
    uint8_t out[FRAME_SIZE]; /* the frame that is being sent */
    size_t out_size, out_done;
    uint8_t header[FRAME_HEADER]; /* of the frame that is coming */
    size_t header_done;
    int32_t index;
    uint32_t missing;        /* bytes of its data that have not come yet */
    uint8_t in[FRAME_MOST];  /* data that have come and are not written yet */
    size_t in_size, in_done;
    int code;                /* the exit code that came, or -1 */
    const char *problem;
};

static bool fail(struct carrier *carrier, const char *problem)
{
    carrier->problem = problem;
    return false;
}

/* At most a pipe's atomic size, so that a write after POLLOUT does not block where the stream itself may block. */
static ssize_t write_some(int out, const uint8_t *bytes, size_t size)
{
    ssize_t done = write(out, bytes, size < FRAME_MOST ? size : FRAME_MOST);

    return done < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : done;
}

static void end_sink(struct carrier *carrier, int32_t index)
{
    int *sink = &carrier->streams->sinks[index];

    if (*sink >= 0)
        close(*sink);
    *sink = -1;
}

/* The header of a frame has come. */
static bool take_header(struct carrier *carrier)
{
    frame_read(carrier->header, &carrier->index, &carrier->missing);
    carrier->header_done = 0;
    if (carrier->index < 0) {
        if (carrier->streams->is_server || carrier->missing != 0)
            return fail(carrier, "the peer ended a call that is not its own");
        carrier->code = -(carrier->index + 1) & 0xff;
        carrier->missing = 0;
        return true;
    }
    if ((size_t)carrier->index >= carrier->streams->sink_count)
        return fail(carrier, "the peer named a stream that is not there");
    if (carrier->missing > FRAME_MOST)
        return fail(carrier, "the peer sent too long a frame");
    if (carrier->missing == 0)
        end_sink(carrier, carrier->index);
    return true;
}

static bool receive(struct carrier *carrier)
{
    bool in_header = carrier->missing == 0;
    uint8_t *to = in_header ? carrier->header + carrier->header_done : carrier->in;
    size_t room = in_header ? FRAME_HEADER - carrier->header_done : carrier->missing;
    ssize_t got = read(carrier->streams->from_peer, to, room);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN || fail(carrier, strerror(errno));
    if (got == 0)
        return fail(carrier, "the peer is gone");
    if (in_header) {
        carrier->header_done += (size_t)got;
        return carrier->header_done < FRAME_HEADER || take_header(carrier);
    }
    carrier->missing -= (uint32_t)got;
    carrier->in_size = (size_t)got;
    carrier->in_done = 0;
    return true;
}

/* A reader that is gone is no failure: what comes for it is thrown away. */
static void deliver(struct carrier *carrier)
{
    int sink = carrier->streams->sinks[carrier->index];
    ssize_t done = sink >= 0 ? write_some(sink, carrier->in + carrier->in_done, carrier->in_size - carrier->in_done) : -1;

    if (done < 0) {
        end_sink(carrier, carrier->index);
        carrier->in_done = carrier->in_size;
    } else {
        carrier->in_done += (size_t)done;
    }
}

static void fill(struct carrier *carrier, size_t index)
{
    int *source = &carrier->streams->sources[index];
    ssize_t got = read(*source, carrier->out + FRAME_HEADER, FRAME_MOST);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        close(*source);
        *source = -1;
        got = 0;
    }
    frame_write(carrier->out, (int32_t)index, (uint32_t)got);
    carrier->out_size = FRAME_HEADER + (size_t)got;
    carrier->out_done = 0;
}

static bool send_some(struct carrier *carrier)
{
    ssize_t done = write_some(carrier->streams->to_peer, carrier->out + carrier->out_done,
                              carrier->out_size - carrier->out_done);

    if (done < 0) {
        /* The peer may have said all that it will, and that is still to be read. */
        if (errno == EPIPE && !carrier->streams->is_server) {
            carrier->out_done = carrier->out_size = 0;
            for (size_t i = 0; i < carrier->streams->source_count; i++)
                carrier->streams->sources[i] = -1;
            return true;
        }
        return fail(carrier, "the peer is gone");
    }
    carrier->out_done += (size_t)done;
    return true;
}

static bool is_sending(const struct carrier *carrier)
{
    return carrier->out_done < carrier->out_size;
}

static bool is_delivering(const struct carrier *carrier)
{
    return carrier->in_done < carrier->in_size;
}

/* Waits until something can be done, and does it. */
static bool turn(struct carrier *carrier)
{
    struct streams *streams = carrier->streams;
    struct pollfd polled[STREAMS_MOST + 2];
    size_t which[STREAMS_MOST + 2];
    nfds_t count = 0;
    enum { INWARD = STREAMS_MOST, OUTWARD };

    if (is_delivering(carrier) && streams->sinks[carrier->index] < 0) {
        deliver(carrier);
        return true;
    }
    which[count] = INWARD;
    polled[count++] = is_delivering(carrier)
                          ? (struct pollfd){.fd = streams->sinks[carrier->index], .events = POLLOUT}
                          : (struct pollfd){.fd = streams->from_peer, .events = POLLIN};
    if (is_sending(carrier)) {
        which[count] = OUTWARD;
        polled[count++] = (struct pollfd){.fd = streams->to_peer, .events = POLLOUT};
    }
    for (size_t i = 0; !is_sending(carrier) && i < streams->source_count; i++)
        if (streams->sources[i] >= 0) {
            which[count] = i;
            polled[count++] = (struct pollfd){.fd = streams->sources[i], .events = POLLIN};
        }
    if (poll(polled, count, -1) < 0)
        return errno == EINTR || fail(carrier, strerror(errno));
    for (nfds_t i = 0; i < count; i++) {
        if (polled[i].revents == 0)
            continue;
        if (which[i] == OUTWARD) {
            if (!send_some(carrier))
                return false;
        } else if (which[i] < STREAMS_MOST) {
            fill(carrier, which[i]);
            break; /* one frame at a time */
        } else if (is_delivering(carrier)) {
            deliver(carrier);
        } else if (!receive(carrier)) {
            return false;
        }
    }
    return true;
}

static bool sources_ended(const struct streams *streams)
{
    for (size_t i = 0; i < streams->source_count; i++)
        if (streams->sources[i] >= 0)
            return false;
    return true;
}

int streams_carry(struct streams *streams, const char **problem)
{
    struct carrier carrier = {.streams = streams, .code = -1};

    for (;;) {
        if (streams->is_server && sources_ended(streams) && !is_sending(&carrier))
            return 0;
        if (carrier.code >= 0)
            return carrier.code;
        if (!turn(&carrier)) {
            *problem = carrier.problem;
            return -1;
        }
    }
}

bool streams_send_exit(struct streams *streams, int code)
{
    uint8_t frame[FRAME_HEADER];
    size_t done = 0;

    frame_write(frame, -(code + 1), 0);
    while (done < sizeof frame) {
        struct pollfd polled = {.fd = streams->to_peer, .events = POLLOUT};
        ssize_t written = write(streams->to_peer, frame + done, sizeof frame - done);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (written > 0)
            done += (size_t)written;
        else
            poll(&polled, 1, -1);
    }
    return true;
}
