/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves the data of one call between its channel and local streams. */
#include "pump.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void close_sink(struct pump_sink *sink)
{
    os_stream_close(sink->stream);
    sink->stream = NULL;
}

/* Begins with a new message. */
static void take(struct pump *pump, const struct qrexec_message *message)
{
    if (message->header.type == QREXEC_DATA_EXIT_CODE) {
        pump->has_exit_code = true;
        pump->exit_code = (int32_t)qrexec_get_u32(message->body);
        return;
    }
    for (size_t i = 0; i < COUNT(pump->sinks); i++) {
        struct pump_sink *sink = &pump->sinks[i];
        if (sink->type != message->header.type || sink->stream == NULL)
            continue;
        if (message->header.size == 0) {
            close_sink(sink);
            return;
        }
        pump->into = sink;
        pump->rest = message->body;
        pump->rest_size = message->header.size;
    }
}

/* Goes on with the current message; whether bytes moved. */
static bool deliver(struct pump *pump)
{
    int count = os_stream_write(pump->into->stream, pump->rest, pump->rest_size);

    if (count < 0) {
        pump->sink_broke = true;
        close_sink(pump->into); /* the rest of the stream has no reader and is dropped */
        pump->into = NULL;
        return true;
    }
    pump->rest += count;
    pump->rest_size -= (size_t)count;
    if (pump->rest_size == 0)
        pump->into = NULL;
    return count > 0;
}

static bool receive(struct pump *pump)
{
    struct qrexec_message message;

    if (pump->into != NULL)
        return deliver(pump);
    if (pump->gone || pump->has_exit_code)
        return false;
    int answer = qrexec_channel_receive(pump->channel, &message);
    pump->gone = answer < 0;
    if (answer > 0)
        take(pump, &message);
    return answer != 0;
}

static bool forward(struct pump *pump, struct pump_source *source)
{
    uint8_t data[QREXEC_DATA_MOST];
    size_t room;

    if (source->stream == NULL || pump->gone || (room = qrexec_channel_room(pump->channel)) == 0)
        return false;
    int count = os_stream_read(source->stream, data, room);
    if (count == 0)
        return false;
    if (!qrexec_channel_send(pump->channel, source->type, data, count > 0 ? (size_t)count : 0))
        pump->gone = true;
    if (count < 0) {
        os_stream_close(source->stream);
        source->stream = NULL;
    }
    return true;
}

bool pump_turn(struct pump *pump)
{
    bool moved = receive(pump);

    for (size_t i = 0; i < COUNT(pump->sources); i++)
        moved = forward(pump, &pump->sources[i]) || moved;
    return moved;
}

size_t pump_items(struct pump *pump, struct os_wait_item items[PUMP_ITEMS])
{
    bool room = !pump->gone && qrexec_channel_room(pump->channel) > 0;
    size_t count = 0;

    items[count++] = qrexec_channel_item(pump->channel);
    if (pump->into != NULL)
        items[count++] = os_stream_item(pump->into->stream, true);
    for (size_t i = 0; i < COUNT(pump->sources); i++)
        if (room && pump->sources[i].stream != NULL)
            items[count++] = os_stream_item(pump->sources[i].stream, false);
    return count;
}

bool pump_has_ended_sources(const struct pump *pump)
{
    return pump->sources[0].stream == NULL && pump->sources[1].stream == NULL;
}

bool pump_is_delivered(struct pump *pump)
{
    bool delivered = pump->into == NULL;

    for (size_t i = 0; i < COUNT(pump->sinks); i++)
        delivered = delivered && (pump->sinks[i].stream == NULL || os_stream_is_flushed(pump->sinks[i].stream));
    return delivered;
}

void pump_close_streams(struct pump *pump)
{
    for (size_t i = 0; i < COUNT(pump->sources); i++) {
        os_stream_close(pump->sources[i].stream);
        pump->sources[i].stream = NULL;
    }
    for (size_t i = 0; i < COUNT(pump->sinks); i++)
        close_sink(&pump->sinks[i]);
    pump->into = NULL;
}
