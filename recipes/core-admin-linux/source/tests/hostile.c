/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An agent that breaks every rule, as the domain $VCHAN_DOMAIN: the daemon cuts it off and goes on. */
#include <string.h>

#include "expect.h"
#include "qrexec/channel.h"

#define LONG_MS 20000

static struct qrexec_channel *meet_daemon(bool greet)
{
    libvchan_t *vchan = libvchan_server_init(0, QREXEC_CONTROL_PORT, 65536, 65536);

    EXPECT(vchan != NULL);
    struct qrexec_channel *channel = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_DAEMON_TO_AGENT);
    if (greet)
        EXPECT(qrexec_channel_greet(channel, LONG_MS, NULL));
    while (qrexec_channel_state(channel) == VCHAN_WAITING)
        qrexec_channel_fired(channel);
    return channel;
}

/* The next message's type, 0 when the daemon hung up. */
static uint32_t next(struct qrexec_channel *channel)
{
    unsigned long long end = os_now() + LONG_MS;
    struct qrexec_message message;
    int answer;

    while ((answer = qrexec_channel_receive(channel, &message)) == 0) {
        struct os_wait_item item = qrexec_channel_item(channel);
        EXPECT(os_now() < end);
        qrexec_channel_flush(channel);
        if (os_wait(&item, 1, 1000) > 0)
            qrexec_channel_fired(channel);
    }
    return answer < 0 ? 0 : message.header.type;
}

static void expect_cut_off(struct qrexec_channel *channel)
{
    uint32_t type;

    while ((type = next(channel)) != 0)
        EXPECT(type == QREXEC_HELLO || type == QREXEC_SERVICE_REFUSED);
    qrexec_channel_close(channel);
}

static size_t trigger_with(uint8_t *body, const char *target, const char *id, const char *service, size_t size)
{
    memset(body, 0, 96);
    memcpy(body, target, strlen(target));
    memcpy(body + 64, id, strlen(id));
    memcpy(body + 96, service, size);
    return 96 + size;
}

static void messages_of_the_other_side(void)
{
    static const uint32_t types[] = {QREXEC_EXEC_CMDLINE, QREXEC_JUST_EXEC, QREXEC_SERVICE_CONNECT,
                                     QREXEC_SERVICE_REFUSED, QREXEC_DATA_STDIN, 0x210, 0, 0xffffffff};
    uint8_t body[40] = {0};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct qrexec_channel *channel = meet_daemon(true);
        qrexec_channel_send(channel, types[i], body, sizeof(body));
        expect_cut_off(channel);
    }
}

static void no_greeting(void)
{
    uint8_t body[200];
    struct qrexec_channel *channel = meet_daemon(false);
    size_t size = trigger_with(body, "vault", "SOCKET1", "test.Who", 9);

    qrexec_channel_send(channel, QREXEC_TRIGGER_SERVICE3, body, size);
    expect_cut_off(channel);
    channel = meet_daemon(false);
    qrexec_put_u32(body, 1);
    qrexec_channel_send(channel, QREXEC_HELLO, body, 4);
    expect_cut_off(channel);
}

static void sizes_that_lie(void)
{
    uint8_t head[QREXEC_HEADER_SIZE];
    struct qrexec_channel *channel = meet_daemon(true);

    qrexec_put_header(head, (struct qrexec_header){QREXEC_TRIGGER_SERVICE3, 0xffffffff});
    qrexec_channel_send_raw(channel, head, sizeof(head));
    expect_cut_off(channel);
    channel = meet_daemon(true);
    qrexec_put_header(head, (struct qrexec_header){QREXEC_CONNECTION_TERMINATED, 9});
    qrexec_channel_send_raw(channel, head, sizeof(head));
    expect_cut_off(channel);
}

/* Names that are not allowed are refused one by one; a request without an id cannot be refused. */
static void names_that_are_not_allowed(void)
{
    static const char *const services[] = {"a b", "../x", "-x", "a;b", "a\nb", "", "test.Who+%PATH%"};
    uint8_t body[70000];
    struct qrexec_channel *channel = meet_daemon(true);
    size_t size;

    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        size = trigger_with(body, "vault", "SOCKET1", services[i], strlen(services[i]) + 1);
        if (size < 98) /* the empty name: shorter than any request */
            continue;
        qrexec_channel_send(channel, QREXEC_TRIGGER_SERVICE3, body, size);
        EXPECT(next(channel) == QREXEC_SERVICE_REFUSED);
    }
    size = trigger_with(body, "va ult", "SOCKET1", "test.Who", 9);
    qrexec_channel_send(channel, QREXEC_TRIGGER_SERVICE3, body, size);
    EXPECT(next(channel) == QREXEC_SERVICE_REFUSED);
    size = trigger_with(body, "vault", "SOCKET1", "test.Who", 8); /* without its zero byte */
    qrexec_channel_send(channel, QREXEC_TRIGGER_SERVICE3, body, size);
    EXPECT(next(channel) == QREXEC_SERVICE_REFUSED);
    memset(body + 96, 'a', 65000);
    body[96 + 64999] = 0;
    qrexec_channel_send(channel, QREXEC_TRIGGER_SERVICE3, body, 96 + 65000);
    EXPECT(next(channel) == QREXEC_SERVICE_REFUSED);
    size = trigger_with(body, "vault", "SOCK ET", "test.Who", 9);
    qrexec_channel_send(channel, QREXEC_TRIGGER_SERVICE3, body, size);
    expect_cut_off(channel);
}

/* Ports that were never given out, or belong to others. */
static void ports_of_others(void)
{
    uint8_t body[8];
    struct qrexec_channel *channel = meet_daemon(true);

    for (uint32_t domain = 0; domain < 9; domain++)
        for (uint32_t port = 511; port < 530; port++) {
            qrexec_put_port(body, (struct qrexec_port){domain, port});
            EXPECT(qrexec_channel_send(channel, QREXEC_CONNECTION_TERMINATED, body, 8));
        }
    EXPECT(qrexec_channel_flush(channel));
    os_sleep(200);
    EXPECT(qrexec_channel_state(channel) == VCHAN_CONNECTED);
    qrexec_channel_close(channel);
}

/* Requests without end and without reading an answer. */
static void a_flood(void)
{
    uint8_t message[QREXEC_HEADER_SIZE + 200];
    libvchan_t *vchan = libvchan_server_init(0, QREXEC_CONTROL_PORT, 65536, 65536);
    unsigned long long end = os_now() + 3 * LONG_MS;

    EXPECT(vchan != NULL);
    while (libvchan_is_open(vchan) == VCHAN_WAITING)
        libvchan_wait(vchan);
    qrexec_put_header(message, (struct qrexec_header){QREXEC_HELLO, 4});
    qrexec_put_u32(message + QREXEC_HEADER_SIZE, 3);
    EXPECT(libvchan_write(vchan, message, QREXEC_HEADER_SIZE + 4) > 0);
    size_t size = trigger_with(message + QREXEC_HEADER_SIZE, "vault", "SOCKET1", "test.Denied", 12);
    qrexec_put_header(message, (struct qrexec_header){QREXEC_TRIGGER_SERVICE3, (uint32_t)size});
    size += QREXEC_HEADER_SIZE;
    for (;;) {
        EXPECT(os_now() < end);
        if (libvchan_buffer_space(vchan) >= (int)size) {
            if (libvchan_write(vchan, message, size) < 0)
                break;
        } else if (libvchan_is_open(vchan) != VCHAN_CONNECTED) {
            break;
        } else {
            os_sleep(1);
        }
    }
    libvchan_close(vchan);
}

int main(void)
{
    EXPECT(os_stop_event() != NULL); /* also lets a broken channel be an answer instead of a signal */
    messages_of_the_other_side();
    no_greeting();
    sizes_that_lie();
    names_that_are_not_allowed();
    ports_of_others();
    a_flood();
    return 0;
}
