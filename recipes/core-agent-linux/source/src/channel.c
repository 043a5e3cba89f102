/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages over a byte channel, without blocking. */
#include "qrexec/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qrexec_channel {
    struct qrexec_carrier carrier;
    enum qrexec_link incoming;
    const char *problem;
    bool broken;
    size_t head_size; /* bytes of the incoming message that are here already */
    size_t body_size;
    uint8_t head[QREXEC_HEADER_SIZE];
    uint8_t body[QREXEC_BODY_MOST];
    uint8_t *queue; /* bytes of messages that wait for room */
    size_t queue_start, queue_end;
};

struct qrexec_channel *qrexec_channel_open(struct qrexec_carrier carrier, enum qrexec_link incoming)
{
    struct qrexec_channel *channel = calloc(1, sizeof(*channel));

    if (channel == NULL) {
        qrexec_carrier_close(carrier);
        return NULL;
    }
    channel->carrier = carrier;
    channel->incoming = incoming;
    return channel;
}

void qrexec_channel_close(struct qrexec_channel *channel)
{
    if (channel == NULL)
        return;
    qrexec_carrier_close(channel->carrier);
    free(channel->queue);
    free(channel);
}

static int break_off(struct qrexec_channel *channel, const char *problem)
{
    channel->broken = true;
    channel->problem = problem;
    return -1;
}

int qrexec_channel_state(struct qrexec_channel *channel)
{
    return channel->broken ? VCHAN_DISCONNECTED : qrexec_carrier_is_open(channel->carrier);
}

const char *qrexec_channel_problem(const struct qrexec_channel *channel)
{
    return channel->problem;
}

struct os_wait_item qrexec_channel_item(struct qrexec_channel *channel)
{
    return qrexec_carrier_item(channel->carrier);
}

void qrexec_channel_fired(struct qrexec_channel *channel)
{
    qrexec_carrier_fired(channel->carrier);
}

/* Reads on until `size` bytes are in `into`, as far as they are there. 1 complete, 0 not yet, -1 ended. */
static int fill(struct qrexec_channel *channel, uint8_t *into, size_t *have, size_t size)
{
    while (*have < size) {
        /* In this order: what the peer sent before it left counts. */
        bool gone = qrexec_carrier_is_open(channel->carrier) == VCHAN_DISCONNECTED;
        int ready = qrexec_carrier_data_ready(channel->carrier);
        if (ready <= 0)
            return gone ? -1 : 0;
        size_t take = (size_t)ready < size - *have ? (size_t)ready : size - *have;
        int count = qrexec_carrier_read(channel->carrier, into + *have, take);
        if (count <= 0)
            return -1;
        *have += (size_t)count;
    }
    return 1;
}

int qrexec_channel_receive(struct qrexec_channel *channel, struct qrexec_message *message)
{
    if (channel->broken)
        return -1;
    int answer = fill(channel, channel->head, &channel->head_size, QREXEC_HEADER_SIZE);
    if (answer <= 0)
        return answer;
    message->header = qrexec_get_header(channel->head);
    if (!qrexec_is_expected(channel->incoming, message->header))
        return break_off(channel, "the peer sent a message that is not allowed here");
    answer = fill(channel, channel->body, &channel->body_size, message->header.size);
    if (answer <= 0)
        return answer;
    message->body = channel->body;
    channel->head_size = channel->body_size = 0;
    return 1;
}

static size_t queued(const struct qrexec_channel *channel)
{
    return channel->queue_end - channel->queue_start;
}

bool qrexec_channel_flush(struct qrexec_channel *channel)
{
    while (!channel->broken && queued(channel) > 0) {
        int space = qrexec_carrier_buffer_space(channel->carrier);
        if (space <= 0)
            return false;
        size_t size = (size_t)space < queued(channel) ? (size_t)space : queued(channel);
        if (qrexec_carrier_write(channel->carrier, channel->queue + channel->queue_start, size) != (int)size) {
            break_off(channel, NULL);
            return false;
        }
        channel->queue_start += size;
    }
    return !channel->broken;
}

/* Keeps bytes for later; false when the peer has been slow for too long. */
static bool keep(struct qrexec_channel *channel, const void *bytes, size_t size)
{
    if (channel->queue == NULL)
        channel->queue = malloc(QREXEC_QUEUE_MOST);
    if (channel->queue == NULL || size > QREXEC_QUEUE_MOST - queued(channel)) {
        break_off(channel, "the peer does not read");
        return false;
    }
    if (size > QREXEC_QUEUE_MOST - channel->queue_end) {
        memmove(channel->queue, channel->queue + channel->queue_start, queued(channel));
        channel->queue_end = queued(channel);
        channel->queue_start = 0;
    }
    memcpy(channel->queue + channel->queue_end, bytes, size);
    channel->queue_end += size;
    return true;
}

bool qrexec_channel_send_raw(struct qrexec_channel *channel, const void *bytes, size_t size)
{
    size_t done = 0;

    if (qrexec_channel_flush(channel)) {
        int space = qrexec_carrier_buffer_space(channel->carrier);
        done = space <= 0 ? 0 : (size_t)space < size ? (size_t)space : size;
        if (done > 0 && qrexec_carrier_write(channel->carrier, bytes, done) != (int)done)
            break_off(channel, NULL);
    }
    return !channel->broken && (done == size || keep(channel, (const uint8_t *)bytes + done, size - done));
}

bool qrexec_channel_send(struct qrexec_channel *channel, uint32_t type, const void *body, size_t size)
{
    uint8_t head[QREXEC_HEADER_SIZE];

    qrexec_put_header(head, (struct qrexec_header){type, (uint32_t)size});
    return qrexec_channel_send_raw(channel, head, sizeof(head)) &&
           (size == 0 || qrexec_channel_send_raw(channel, body, size));
}

size_t qrexec_channel_room(struct qrexec_channel *channel)
{
    if (!qrexec_channel_flush(channel))
        return 0;
    int space = qrexec_carrier_buffer_space(channel->carrier);
    if (space <= QREXEC_HEADER_SIZE)
        return 0;
    size_t room = (size_t)space - QREXEC_HEADER_SIZE;
    return room < QREXEC_DATA_MOST ? room : QREXEC_DATA_MOST;
}

bool qrexec_channel_send_hello(struct qrexec_channel *channel)
{
    uint8_t version[4];

    qrexec_put_u32(version, QREXEC_VERSION);
    return qrexec_channel_send(channel, QREXEC_HELLO, version, sizeof(version));
}

bool qrexec_channel_take_hello(struct qrexec_channel *channel, const struct qrexec_message *message)
{
    if (message->header.type != QREXEC_HELLO) {
        break_off(channel, "the peer did not greet");
        return false;
    }
    /* The lower of the two versions counts, and ours is never below our least. */
    if (qrexec_get_u32(message->body) < QREXEC_VERSION_LEAST) {
        break_off(channel, "the peer speaks only an older version of qrexec");
        return false;
    }
    return true;
}

bool qrexec_channel_greet(struct qrexec_channel *channel, int timeout_ms, struct os_event *stop)
{
    unsigned long long end = os_now() + (unsigned)timeout_ms;
    struct qrexec_message message;
    bool sent = false;

    for (;;) {
        if (!sent && qrexec_channel_state(channel) == VCHAN_CONNECTED)
            sent = qrexec_channel_send_hello(channel);
        int answer = qrexec_channel_receive(channel, &message);
        if (answer < 0)
            return false;
        if (answer > 0)
            return qrexec_channel_take_hello(channel, &message) && (sent || qrexec_channel_send_hello(channel));
        unsigned long long now = os_now();
        if (now >= end) {
            break_off(channel, "the peer did not come in time");
            return false;
        }
        struct os_wait_item items[2] = {qrexec_channel_item(channel)};
        if (stop != NULL)
            items[1].handle = os_event_handle(stop);
        if (os_wait(items, stop != NULL ? 2 : 1, (int)(end - now)) < 0 || items[1].fired)
            return false;
        if (items[0].fired)
            qrexec_channel_fired(channel);
    }
}
