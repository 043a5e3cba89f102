/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a channel: peer serve|connect DOMAIN PORT SCENARIO. tests/two-ends.sh runs two of them
 * for each scenario; each exits 0 only when everything it saw was right.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "expect.h"
#include "libvchan.h"

#ifdef _WIN32
static void end_suddenly(void)
{
    TerminateProcess(GetCurrentProcess(), 9);
}
static void pause_briefly(void)
{
    Sleep(200);
}
static int fires(libvchan_t *vchan)
{
    return WaitForSingleObject(libvchan_fd_for_select(vchan), 20000) == WAIT_OBJECT_0;
}
#else
#include <poll.h>
#include <signal.h>
#include <unistd.h>
static void end_suddenly(void)
{
    kill(getpid(), SIGKILL);
}
static void pause_briefly(void)
{
    poll(NULL, 0, 200);
}
static int fires(libvchan_t *vchan)
{
    struct pollfd item = {.fd = libvchan_fd_for_select(vchan), .events = POLLIN};
    return poll(&item, 1, 20000) == 1;
}
#endif

#define BUFFER 65536
#define PIECE 40000
#define DUPLEX_BYTES (8u << 20)
#define LAST_WORDS 50000
#define STALLED_MESSAGE 1000
#define STALLED_MOST (16u << 20) /* more than any system buffers for a reader that sleeps */

static unsigned char sequence_byte(uint32_t position, uint32_t seed)
{
    uint32_t mixed = (position + seed) * 2654435761u; /* Knuth's multiplicative hash */
    return (unsigned char)(mixed >> 24);
}

static void fill(unsigned char *data, uint32_t position, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        data[i] = sequence_byte(position + (uint32_t)i, seed);
}

static int matches(const unsigned char *data, uint32_t position, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] != sequence_byte(position + (uint32_t)i, seed))
            return 0;
    return 1;
}

static void echo_serve(libvchan_t *vchan)
{
    static unsigned char data[PIECE];
    int count;

    while ((count = libvchan_read(vchan, data, sizeof(data))) > 0)
        EXPECT(libvchan_write(vchan, data, (size_t)count) == count);
    EXPECT(libvchan_is_open(vchan) == VCHAN_DISCONNECTED);
}

static void echo_connect(libvchan_t *vchan)
{
    static unsigned char data[PIECE];

    for (uint32_t size = 1; size <= PIECE; size = size * 3 + 1) {
        fill(data, size, size, 5);
        EXPECT(libvchan_send(vchan, data, size) == (int)size);
        memset(data, 0, sizeof(data));
        EXPECT(libvchan_recv(vchan, data, size) == (int)size);
        EXPECT(matches(data, size, size, 5));
    }
    EXPECT(libvchan_data_ready(vchan) == 0);
    EXPECT(libvchan_is_open(vchan) == VCHAN_CONNECTED);
}

/* Both ends send and receive at once, waiting only for the handle, as programs with a loop do. */
static void duplex(libvchan_t *vchan, uint32_t mine, uint32_t theirs)
{
    static unsigned char data[PIECE];
    uint32_t sent = 0, received = 0;

    while (sent < DUPLEX_BYTES || received < DUPLEX_BYTES) {
        int ready = libvchan_data_ready(vchan);
        if (ready > 0) {
            size_t size = (size_t)ready < sizeof(data) ? (size_t)ready : sizeof(data);
            EXPECT(libvchan_read(vchan, data, size) == (int)size);
            EXPECT(matches(data, received, size, theirs));
            received += (uint32_t)size;
            continue;
        }
        int space = libvchan_buffer_space(vchan);
        if (space > 0 && sent < DUPLEX_BYTES) {
            size_t size = (size_t)space < sizeof(data) ? (size_t)space : sizeof(data);
            if (size > DUPLEX_BYTES - sent)
                size = DUPLEX_BYTES - sent;
            fill(data, sent, size, mine);
            EXPECT(libvchan_write(vchan, data, size) == (int)size);
            sent += (uint32_t)size;
            continue;
        }
        EXPECT(fires(vchan));
        EXPECT(libvchan_wait(vchan) == 0);
    }
    EXPECT(received == DUPLEX_BYTES);
}

static void duplex_serve(libvchan_t *vchan)
{
    duplex(vchan, 1, 2);
}

static void duplex_connect(libvchan_t *vchan)
{
    duplex(vchan, 2, 1);
}

static void last_words_serve(libvchan_t *vchan)
{
    static unsigned char data[LAST_WORDS];

    while (libvchan_is_open(vchan) == VCHAN_WAITING)
        EXPECT(libvchan_wait(vchan) == 0);
    fill(data, 0, sizeof(data), 3);
    EXPECT(libvchan_send(vchan, data, sizeof(data)) == LAST_WORDS);
}

static void last_words_connect(libvchan_t *vchan)
{
    static unsigned char data[LAST_WORDS];

    while (libvchan_is_open(vchan) == VCHAN_CONNECTED)
        EXPECT(libvchan_wait(vchan) == 0);
    EXPECT(libvchan_data_ready(vchan) == LAST_WORDS);
    EXPECT(libvchan_recv(vchan, data, sizeof(data)) == LAST_WORDS);
    EXPECT(matches(data, 0, sizeof(data), 3));
    EXPECT(libvchan_read(vchan, data, 1) == -1);
    EXPECT(libvchan_write(vchan, data, 1) == -1);
}

static void killed_serve(libvchan_t *vchan)
{
    char data[16];

    EXPECT(libvchan_recv(vchan, data, 10) == 10);
    EXPECT(memcmp(data, "0123456789", 10) == 0);
    EXPECT(libvchan_recv(vchan, data, 10) == -1);
    EXPECT(libvchan_is_open(vchan) == VCHAN_DISCONNECTED);
    EXPECT(libvchan_data_ready(vchan) == 3); /* what came of the second ten stays readable */
}

static void killed_connect(libvchan_t *vchan)
{
    EXPECT(libvchan_send(vchan, "0123456789", 10) == 10);
    EXPECT(libvchan_send(vchan, "012", 3) == 3);
    pause_briefly();
    end_suddenly();
}

/* A reader that does not read stops the writer, and nothing is lost or spun on meanwhile. */
static void stalled_serve(libvchan_t *vchan)
{
    static unsigned char data[PIECE];
    uint32_t received = 0;
    int count;

    /* A ring that both ends share has no room for a part of the next message. */
    while (libvchan_data_ready(vchan) <= BUFFER - STALLED_MESSAGE)
        EXPECT(libvchan_wait(vchan) == 0);
    pause_briefly();
    while ((count = libvchan_read(vchan, data, sizeof(data))) > 0) {
        EXPECT(matches(data, received, (size_t)count, 4));
        received += (uint32_t)count;
    }
    EXPECT(received > BUFFER);
}

static void stalled_connect(libvchan_t *vchan)
{
    static unsigned char data[PIECE];
    uint32_t sent = 0;
    int space;

    while ((space = libvchan_buffer_space(vchan)) >= STALLED_MESSAGE && sent < STALLED_MOST) {
        fill(data, sent, STALLED_MESSAGE, 4);
        EXPECT(libvchan_send(vchan, data, STALLED_MESSAGE) == STALLED_MESSAGE);
        sent += STALLED_MESSAGE;
    }
    fill(data, sent, sizeof(data), 4);
    EXPECT(libvchan_send(vchan, data, sizeof(data)) == PIECE); /* blocks until the reader has woken up */
}

static void limits_serve(libvchan_t *vchan)
{
    static unsigned char data[2 * BUFFER];

    EXPECT(libvchan_buffer_space(vchan) == BUFFER);
    EXPECT(libvchan_send(vchan, data, BUFFER + 1) == -1 && errno == EMSGSIZE);
    EXPECT(libvchan_recv(vchan, data, BUFFER + 1) == -1 && errno == EMSGSIZE);
    EXPECT(libvchan_read(vchan, data, 0) == 0);
    EXPECT(libvchan_send(vchan, data, BUFFER) == BUFFER);
    echo_serve(vchan);
}

static void limits_connect(libvchan_t *vchan)
{
    static unsigned char data[BUFFER];

    EXPECT(libvchan_recv(vchan, data, BUFFER) == BUFFER);
}

static const struct scenario {
    const char *name;
    void (*serve)(libvchan_t *vchan);
    void (*connect)(libvchan_t *vchan);
} scenarios[] = {
    {"echo", echo_serve, echo_connect},
    {"duplex", duplex_serve, duplex_connect},
    {"last-words", last_words_serve, last_words_connect},
    {"killed", killed_serve, killed_connect},
    {"stalled", stalled_serve, stalled_connect},
    {"limits", limits_serve, limits_connect},
};

/* What needs no second process: nobody listens, or somebody does already. */
static int alone(int domain, int port)
{
    EXPECT(libvchan_client_init(domain, port) == NULL && errno == ETIMEDOUT);
    EXPECT(libvchan_client_init(-1, port) == NULL && errno == EINVAL);
    EXPECT(libvchan_server_init(domain, -1, 0, 0) == NULL && errno == EINVAL);
    libvchan_t *first = libvchan_server_init(domain, port, BUFFER, BUFFER);
    EXPECT(first != NULL);
    EXPECT(libvchan_is_open(first) == VCHAN_WAITING);
    EXPECT(libvchan_server_init(domain, port, BUFFER, BUFFER) == NULL && errno == EADDRINUSE);
    EXPECT(libvchan_is_open(first) == VCHAN_WAITING);
    libvchan_close(first);
    libvchan_t *second = libvchan_server_init(domain, port, BUFFER, BUFFER);
    EXPECT(second != NULL);
    libvchan_close(second);
    libvchan_close(NULL);
    return 0;
}

int main(int argc, char **argv)
{
    EXPECT(argc == 5);
    int domain = atoi(argv[2]), port = atoi(argv[3]), serve = strcmp(argv[1], "serve") == 0;

    if (strcmp(argv[1], "alone") == 0)
        return alone(domain, port);
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        if (strcmp(scenarios[i].name, argv[4]) != 0)
            continue;
        libvchan_t *vchan = serve ? libvchan_server_init(domain, port, BUFFER, BUFFER)
                                  : libvchan_client_init(domain, port);
        if (vchan == NULL)
            fprintf(stderr, "%s: errno %d\n", argv[1], errno);
        EXPECT(vchan != NULL);
        (serve ? scenarios[i].serve : scenarios[i].connect)(vchan);
        libvchan_close(vchan);
        return 0;
    }
    fprintf(stderr, "no scenario %s\n", argv[4]);
    return 2;
}
