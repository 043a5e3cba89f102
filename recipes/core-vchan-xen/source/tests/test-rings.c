/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shared page as libxenvchan lays it out, and a peer that does everything a peer must not do. */
#include <string.h>

#include "../src/rings.h"
#include "expect.h"
#include "libvchan.h"

static unsigned char page[RINGS_PAGE] __attribute__((aligned(8)));
static unsigned char left[RINGS_PAGE], right[2 * RINGS_PAGE];

/* libxenvchan.h's offsets, once more and by hand. */
enum { LEFT_CONS = 0, LEFT_PROD = 4, RIGHT_CONS = 8, RIGHT_PROD = 12, LEFT_ORDER = 16, RIGHT_ORDER = 18 };
enum { CLI_LIVE = 20, SRV_LIVE = 21, CLI_NOTIFY = 22, SRV_NOTIFY = 23, GRANTS = 24 };

static uint32_t number_at(size_t offset)
{
    uint32_t number;

    memcpy(&number, page + offset, sizeof(number));
    return number;
}

static void set_number(size_t offset, uint32_t number)
{
    memcpy(page + offset, &number, sizeof(number));
}

static void set_orders(unsigned left_order, unsigned right_order)
{
    uint16_t orders[2] = {(uint16_t)left_order, (uint16_t)right_order};

    memcpy(page + LEFT_ORDER, orders, sizeof(orders));
}

static void offer(struct rings *server)
{
    static struct rings_layout layout = {.left_order = 12, .right_order = 13, .left_pages = 1, .right_pages = 2,
                                         .left_grants = {71}, .right_grants = {81, 82}};

    memset(page, 0, sizeof(page));
    rings_offer(server, page, left, right, &layout);
}

static void both(struct rings *server, struct rings *client)
{
    struct rings_layout layout;

    offer(server);
    EXPECT(rings_read_layout(page, &layout));
    rings_join(client, page, left, right, &layout);
}

static void orders_are_the_least_that_suffice(void)
{
    EXPECT(rings_order(0) == 12 && rings_order(4096) == 12 && rings_order(4097) == 13 && rings_order(65536) == 16);
    EXPECT(rings_order(1 << 20) == 20 && rings_order((1 << 20) + 1) == 0 && rings_order((size_t)-1) == 0);
    EXPECT(rings_pages(10) == 0 && rings_pages(11) == 0 && rings_pages(12) == 1 && rings_pages(20) == 256);
}

static void a_server_writes_what_libxenvchan_reads(void)
{
    struct rings server;
    uint16_t orders[2];

    offer(&server);
    memcpy(orders, page + LEFT_ORDER, sizeof(orders));
    EXPECT(orders[0] == 12 && orders[1] == 13);
    EXPECT(page[CLI_LIVE] == 2 && page[SRV_LIVE] == 1 && page[CLI_NOTIFY] == 1 && page[SRV_NOTIFY] == 0);
    EXPECT(number_at(GRANTS) == 71 && number_at(GRANTS + 4) == 81 && number_at(GRANTS + 8) == 82);
    EXPECT(rings_state(&server) == VCHAN_WAITING);
    EXPECT(rings_put(&server, "right is the server's", 21) == 21);
    EXPECT(number_at(RIGHT_PROD) == 21 && number_at(LEFT_PROD) == 0 && memcmp(right, "right is", 8) == 0);
    rings_leave(&server);
    EXPECT(page[SRV_LIVE] == 0);
}

/* A page as a libxenvchan server makes it for small rings, which lie in the page. */
static void a_client_reads_what_libxenvchan_writes(void)
{
    struct rings_layout layout;
    struct rings client;
    char text[8];

    memset(page, 0, sizeof(page));
    set_orders(11, 10);
    page[CLI_LIVE] = 2;
    page[SRV_LIVE] = 1;
    memcpy(page + 1024, "from it", 7);
    set_number(RIGHT_PROD, 7);
    EXPECT(rings_read_layout(page, &layout) && layout.left_pages == 0 && layout.right_pages == 0);
    rings_join(&client, page, NULL, NULL, &layout);
    EXPECT(page[CLI_LIVE] == 1 && page[SRV_NOTIFY] == RINGS_WRITTEN);
    EXPECT(rings_state(&client) == VCHAN_CONNECTED && rings_ready(&client) == 7 && rings_space(&client) == 2048);
    EXPECT(rings_take(&client, text, sizeof(text)) == 7 && memcmp(text, "from it", 7) == 0);
    EXPECT(number_at(RIGHT_CONS) == 7);
    EXPECT(rings_put(&client, "to it", 5) == 5 && memcmp(page + 2048, "to it", 5) == 0 && number_at(LEFT_PROD) == 5);
    rings_leave(&client);
    EXPECT(page[CLI_LIVE] == 0);
}

static void bytes_go_around_the_end(void)
{
    struct rings server, client;
    unsigned char sent[3000], got[3000];
    uint32_t moved = 0;

    offer(&server);
    /* Indexes are numbers that wrap around, too. */
    server.in.own = UINT32_MAX - 5000;
    set_number(LEFT_PROD, server.in.own);
    set_number(LEFT_CONS, server.in.own);
    struct rings_layout layout;
    EXPECT(rings_read_layout(page, &layout));
    rings_join(&client, page, left, right, &layout);
    for (int turn = 0; turn < 10; turn++, moved += sizeof(sent)) {
        for (size_t i = 0; i < sizeof(sent); i++)
            sent[i] = (unsigned char)((moved + i) * 7);
        EXPECT(rings_put(&client, sent, sizeof(sent)) == sizeof(sent));
        EXPECT(rings_put(&client, sent, sizeof(sent)) == 4096 - sizeof(sent)); /* what fits, as it stands */
        EXPECT(rings_space(&client) == 0 && rings_ready(&server) == 4096);
        EXPECT(rings_take(&server, got, sizeof(got)) == sizeof(got) && memcmp(sent, got, sizeof(got)) == 0);
        EXPECT(rings_take(&server, got, sizeof(got)) == 4096 - sizeof(got) && memcmp(sent, got, 1096) == 0);
    }
    EXPECT(number_at(LEFT_PROD) < 5000000); /* it has wrapped around */
}

static void notifications_are_owed_once(void)
{
    struct rings server, client;

    both(&server, &client);
    EXPECT(rings_owe(&client, RINGS_WRITTEN) && !rings_owe(&client, RINGS_WRITTEN)); /* from the beginning */
    EXPECT(rings_owe(&server, RINGS_WRITTEN) && !rings_owe(&server, RINGS_READ));
    rings_ask(&server, RINGS_READ);
    EXPECT(page[CLI_NOTIFY] == RINGS_READ && page[SRV_NOTIFY] == 0);
    EXPECT(!rings_owe(&client, RINGS_WRITTEN) && rings_owe(&client, RINGS_READ));
}

static void layouts_that_no_server_has_are_refused(void)
{
    static const unsigned char wrong[][3] = {{9, 12, 1},  {12, 9, 1},  {0, 0, 1},   {21, 12, 1}, {12, 21, 1},
                                             {10, 10, 1}, {11, 11, 1}, {10, 20, 1}, {12, 12, 0}, {12, 12, 2}};
    struct rings_layout layout;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memset(page, 0, sizeof(page));
        set_orders(wrong[i][0], wrong[i][1]);
        page[SRV_LIVE] = wrong[i][2];
        EXPECT(!rings_read_layout(page, &layout));
    }
    set_orders(0xffff, 0xffff);
    page[SRV_LIVE] = 1;
    EXPECT(!rings_read_layout(page, &layout));
    set_orders(20, 20);
    EXPECT(rings_read_layout(page, &layout) && layout.left_pages == 256 && layout.right_pages == 256);
}

/* More bytes, or more room, than a ring has. */
static void impossible_indexes_end_the_channel(void)
{
    static const uint32_t wrong[] = {4097, 0x7fffffff, 0x80000000, UINT32_MAX};
    unsigned char data[16];
    struct rings server, client;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        both(&server, &client);
        set_number(LEFT_PROD, wrong[i]);
        EXPECT(rings_ready(&server) == 0 && server.broken && rings_state(&server) == VCHAN_DISCONNECTED);
        set_number(LEFT_PROD, 1); /* too late */
        EXPECT(rings_ready(&server) == 0 && rings_take(&server, data, 1) == 0 && rings_put(&server, data, 1) == 0);
        both(&server, &client);
        set_number(LEFT_CONS, 0u - wrong[i]);
        EXPECT(rings_space(&client) == 0 && client.broken && rings_put(&client, data, sizeof(data)) == 0);
    }
}

/* The peer may write anywhere in the page, also over what this end has written. */
static void what_this_end_wrote_is_not_read_back(void)
{
    struct rings server, client;
    char text[8] = "";

    both(&server, &client);
    EXPECT(rings_put(&client, "abc", 3) == 3 && rings_take(&server, text, 2) == 2);
    set_number(LEFT_CONS, 77);   /* the server's */
    set_orders(20, 20);          /* of a time that is over */
    EXPECT(rings_ready(&server) == 1 && rings_take(&server, text, 8) == 1 && text[0] == 'c');
    EXPECT(number_at(LEFT_CONS) == 3);
    set_number(LEFT_PROD, 99); /* the client's */
    EXPECT(rings_space(&client) == 4096);
    EXPECT(rings_put(&client, "d", 1) == 1 && number_at(LEFT_PROD) == 4);
    page[CLI_NOTIFY] = page[SRV_NOTIFY] = 0xff;
    EXPECT(rings_owe(&client, RINGS_READ) && page[CLI_NOTIFY] == 0xfd);
}

static void who_has_gone_does_not_come_back(void)
{
    struct rings server, client;

    both(&server, &client);
    EXPECT(rings_put(&client, "last words", 10) == 10);
    rings_leave(&client);
    EXPECT(rings_state(&server) == VCHAN_DISCONNECTED && rings_ready(&server) == 10);
    page[CLI_LIVE] = 1;
    EXPECT(rings_state(&server) == VCHAN_DISCONNECTED);
    page[CLI_LIVE] = 2;
    EXPECT(rings_state(&server) == VCHAN_DISCONNECTED);
    both(&server, &client);
    page[SRV_LIVE] = 2; /* only clients are waited for */
    EXPECT(rings_state(&client) == VCHAN_DISCONNECTED);
    both(&server, &client);
    page[CLI_LIVE] = 200;
    EXPECT(rings_state(&server) == VCHAN_DISCONNECTED);
}

int main(void)
{
    orders_are_the_least_that_suffice();
    a_server_writes_what_libxenvchan_reads();
    a_client_reads_what_libxenvchan_writes();
    bytes_go_around_the_end();
    notifications_are_owed_once();
    layouts_that_no_server_has_are_refused();
    impossible_indexes_end_the_channel();
    what_this_end_wrote_is_not_read_back();
    who_has_gone_does_not_come_back();
    puts("test-rings: good");
    return 0;
}
