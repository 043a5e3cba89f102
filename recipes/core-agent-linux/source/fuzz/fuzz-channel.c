/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes from a peer, in pieces of any size: the channel gives out only messages that its link
 * allows, whole and in order, and is broken for good by anything else. The first byte chooses the
 * link, the second the pieces; this file stands in for the carrier.
 */
#include <stdlib.h>
#include <string.h>

#include "qrexec/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *left;
static size_t left_size, piece, given;

int qrexec_carrier_data_ready(struct qrexec_carrier carrier)
{
    (void)carrier;
    return (int)(left_size < piece ? left_size : piece);
}

int qrexec_carrier_read(struct qrexec_carrier carrier, void *data, size_t size)
{
    (void)carrier;
    if (size > left_size)
        abort(); /* asked for more than there is: a real channel would block */
    memcpy(data, left, size);
    left += size;
    left_size -= size;
    given += size;
    return (int)size;
}

int qrexec_carrier_is_open(struct qrexec_carrier carrier)
{
    (void)carrier;
    return left_size > 0 ? VCHAN_CONNECTED : VCHAN_DISCONNECTED;
}

int qrexec_carrier_write(struct qrexec_carrier carrier, const void *data, size_t size)
{
    (void)carrier;
    (void)data;
    return (int)size;
}

int qrexec_carrier_buffer_space(struct qrexec_carrier carrier)
{
    (void)carrier;
    return 1000;
}

void qrexec_carrier_close(struct qrexec_carrier carrier)
{
    (void)carrier;
}

struct os_wait_item qrexec_carrier_item(struct qrexec_carrier carrier)
{
    (void)carrier;
    return (struct os_wait_item){.handle = -1};
}

void qrexec_carrier_fired(struct qrexec_carrier carrier)
{
    (void)carrier;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qrexec_message message;
    size_t expected = 0;
    int answer;

    if (size < 2)
        return 0;
    enum qrexec_link link = (enum qrexec_link)(data[0] % (QREXEC_REQUEST + 1));
    piece = data[1] + 1u;
    left = data + 2;
    left_size = size - 2;
    given = 0;
    struct qrexec_channel *channel = qrexec_channel_open((struct qrexec_carrier){0}, link);
    if (channel == NULL)
        return 0;
    while ((answer = qrexec_channel_receive(channel, &message)) >= 0) {
        if (answer == 0)
            continue;
        expected += QREXEC_HEADER_SIZE + message.header.size;
        if (!qrexec_is_expected(link, message.header) || given != expected)
            abort();
        if (memcmp(message.body, data + 2 + expected - message.header.size, message.header.size) != 0)
            abort();
    }
    size_t before = left_size;
    if (qrexec_channel_receive(channel, &message) != -1 || (qrexec_channel_problem(channel) && left_size != before))
        abort();
    qrexec_channel_close(channel);
    return 0;
}
