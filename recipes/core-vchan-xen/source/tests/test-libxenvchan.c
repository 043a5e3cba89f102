/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rings of this component, and the real libxenvchan, on the two ends of one channel: each as the server, and as the
 * client. Its connecting needs Xen, so its end is put together here as it would be; its event channel is a counter.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxenvchan.h>

#include "expect.h"
#include "libvchan.h"
#include "rings.h"

#define TURNS 20000

static _Alignas(8) unsigned char page[RINGS_PAGE];
static unsigned char left[RINGS_PAGE], right[2 * RINGS_PAGE];
static unsigned notified; /* how often libxenvchan has notified this end */

/* In the place of libxenevtchn's. */
VCHAN_API int xenevtchn_notify(xenevtchn_handle *event, evtchn_port_t port)
{
    EXPECT(event == (void *)page && port == 5);
    notified++;
    return 0;
}

static struct libxenvchan other_end(int is_server, int left_order, int right_order)
{
    struct vchan_interface *shared = (void *)page;
    struct libxenvchan_ring one = {&shared->left, left_order < 12 ? page + (1 << left_order) : left, left_order};
    struct libxenvchan_ring two = {&shared->right, right_order < 12 ? page + (1 << right_order) : right, right_order};

    return (struct libxenvchan){.ring = shared,
                                .event = (void *)page,
                                .event_port = 5,
                                .is_server = is_server ? 1 : 0,
                                .read = is_server ? one : two,
                                .write = is_server ? two : one};
}

static uint32_t pick(uint32_t below)
{
    static uint32_t state = 2463534242u; /* xorshift, Marsaglia 2003 */

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static unsigned char byte_at(uint32_t position)
{
    return (unsigned char)((position * 2654435761u) >> 24); /* Knuth's multiplicative hash */
}

static void fill(unsigned char *data, uint32_t position, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = byte_at(position + (uint32_t)i);
}

static uint32_t right_ones(const unsigned char *data, uint32_t position, int count)
{
    EXPECT(count >= 0);
    for (int i = 0; i < count; i++)
        EXPECT(data[i] == byte_at(position + (uint32_t)i));
    return (uint32_t)count;
}

/* Both write and read pieces of any size, in any order; both see the same room and the same bytes. */
static void talk(struct rings *own, struct libxenvchan *other)
{
    unsigned char data[RINGS_PAGE];
    uint32_t sent = 0, arrived = 0, other_sent = 0, other_arrived = 0;

    for (int turn = 0; turn < TURNS; turn++) {
        size_t size = 1 + pick(1500);
        switch (pick(4)) {
        case 0:
            fill(data, sent, size);
            sent += (uint32_t)rings_put(own, data, size);
            break;
        case 1:
            arrived += right_ones(data, arrived, (int)rings_take(own, data, size));
            break;
        case 2:
            fill(data, other_sent, size);
            other_sent += right_ones(data, other_sent, libxenvchan_write(other, data, size));
            break;
        default:
            other_arrived += right_ones(data, other_arrived, libxenvchan_read(other, data, size));
        }
        EXPECT(rings_ready(own) == other_sent - arrived && rings_ready(own) <= own->in.size);
        EXPECT((uint32_t)libxenvchan_data_ready(other) == sent - other_arrived);
        EXPECT((uint32_t)libxenvchan_buffer_space(other) == own->in.size - rings_ready(own));
        EXPECT(rings_space(own) == own->out.size - (sent - other_arrived));
    }
    EXPECT(other_arrived > 100000 && arrived > 100000);
}

/* Each asks the other for news, and gets it once. */
static void notify(struct rings *own, struct libxenvchan *other)
{
    unsigned char data[RINGS_PAGE];

    while (libxenvchan_read(other, data, sizeof(data)) > 0 || rings_take(own, data, sizeof(data)) > 0)
        ;
    rings_owe(own, RINGS_WRITTEN | RINGS_READ);
    libxenvchan_data_ready(other);
    EXPECT(rings_owe(own, RINGS_WRITTEN) && !rings_owe(own, RINGS_WRITTEN) && !rings_owe(own, RINGS_READ));
    libxenvchan_buffer_space(other);
    EXPECT(rings_owe(own, RINGS_READ) && !rings_owe(own, RINGS_READ));
    rings_ask(own, RINGS_WRITTEN);
    notified = 0;
    EXPECT(libxenvchan_write(other, "a", 1) == 1 && notified == 1);
    EXPECT(libxenvchan_write(other, "b", 1) == 1 && notified == 1);
    rings_ask(own, RINGS_READ);
    EXPECT(rings_put(own, "c", 1) == 1 && libxenvchan_read(other, data, 1) == 1 && notified == 2);
}

static void this_one_serves(void)
{
    static struct rings_layout layout = {.left_order = 12, .right_order = 13, .left_pages = 1, .right_pages = 2};
    struct rings own;

    rings_offer(&own, page, left, right, &layout);
    struct libxenvchan other = other_end(0, 12, 13);
    EXPECT(rings_state(&own) == VCHAN_WAITING && libxenvchan_is_open(&other) == 1);
    other.ring->cli_live = 1; /* with that it comes */
    EXPECT(rings_state(&own) == VCHAN_CONNECTED);
    talk(&own, &other);
    notify(&own, &other);
    rings_leave(&own);
    EXPECT(libxenvchan_is_open(&other) == 0);
}

static void libxenvchan_serves(void)
{
    struct rings_layout layout;
    struct rings own;

    memset(page, 0, sizeof(page));
    struct libxenvchan other = other_end(1, 10, 11);
    other.ring->left_order = 10;
    other.ring->right_order = 11;
    other.ring->cli_live = 2;
    other.ring->srv_live = 1;
    other.ring->cli_notify = VCHAN_NOTIFY_WRITE;
    EXPECT(libxenvchan_is_open(&other) == 2 && rings_read_layout(page, &layout));
    rings_join(&own, page, NULL, NULL, &layout);
    EXPECT(libxenvchan_is_open(&other) == 1 && rings_state(&own) == VCHAN_CONNECTED);
    talk(&own, &other);
    notify(&own, &other);
    other.ring->srv_live = 0; /* with that it goes */
    EXPECT(rings_state(&own) == VCHAN_DISCONNECTED);
}

int main(void)
{
    this_one_serves();
    libxenvchan_serves();
    puts("test-libxenvchan: the rings are those of libxenvchan");
    return 0;
}
