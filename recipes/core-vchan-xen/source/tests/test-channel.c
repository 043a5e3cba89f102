/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes with a channel between them: real memory that both have, and eventfds for event channels. A third one
 * does what the kernel does when a process dies. The link is this file's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../src/channel.h"
#include "expect.h"

#define ORDER 13
#define RING (1u << ORDER)
#define BYTES (4u << 20)
#define PIECE 3000

struct link {
    int own, peer;
};

void link_notify(struct link *link)
{
    uint64_t one = 1;

    EXPECT(write(link->peer, &one, sizeof(one)) == sizeof(one));
}

int link_wait(struct link *link, int timeout_ms)
{
    struct pollfd item = {.fd = link->own, .events = POLLIN};
    uint64_t count;

    if (poll(&item, 1, timeout_ms) != 1)
        return 0;
    EXPECT(read(link->own, &count, sizeof(count)) == sizeof(count));
    return 1;
}

libvchan_fd link_handle(struct link *link)
{
    return link->own;
}

void link_close(struct link *link)
{
    (void)link;
}

unsigned long long link_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
}

static struct rings_page *page;
static unsigned char *left, *right;
static struct link server_link, client_link;

static unsigned char byte_at(uint32_t position)
{
    return (unsigned char)((position * 2654435761u) >> 24); /* Knuth's multiplicative hash */
}

static void client_echoes(libvchan_t *vchan)
{
    unsigned char data[PIECE];
    int count;

    while ((count = libvchan_read(vchan, data, sizeof(data))) > 0)
        EXPECT(libvchan_write(vchan, data, (size_t)count) == count);
    EXPECT(errno == EPIPE && libvchan_is_open(vchan) == VCHAN_DISCONNECTED);
}

static void server_is_answered(libvchan_t *vchan)
{
    unsigned char data[PIECE];
    uint32_t sent = 0, got = 0;

    while (libvchan_is_open(vchan) == VCHAN_WAITING)
        EXPECT(libvchan_wait(vchan) == 0);
    while (got < BYTES) {
        int ready = libvchan_data_ready(vchan), space = libvchan_buffer_space(vchan);
        if (ready > 0) {
            int count = libvchan_read(vchan, data, sizeof(data));
            for (int i = 0; i < count; i++, got++)
                EXPECT(data[i] == byte_at(got));
        } else if (space > 0 && sent < BYTES) {
            uint32_t count = (uint32_t)space < PIECE ? (uint32_t)space : PIECE;
            count = count < BYTES - sent ? count : BYTES - sent;
            for (uint32_t i = 0; i < count; i++)
                data[i] = byte_at(sent + i);
            EXPECT(libvchan_send(vchan, data, count) == (int)count);
            sent += count;
        } else {
            struct pollfd item = {.fd = libvchan_fd_for_select(vchan), .events = POLLIN};
            EXPECT(poll(&item, 1, 20000) == 1);
            EXPECT(libvchan_wait(vchan) == 0);
        }
    }
    EXPECT(libvchan_send(vchan, data, RING + 1) == -1 && errno == EMSGSIZE);
    EXPECT(libvchan_recv(vchan, data, RING + 1) == -1 && errno == EMSGSIZE);
}

static void client_dies(libvchan_t *vchan)
{
    EXPECT(libvchan_send(vchan, "0123456789abc", 13) == 13);
    kill(getpid(), SIGKILL);
}

static void server_outlives_it(libvchan_t *vchan)
{
    char data[16];

    EXPECT(libvchan_recv(vchan, data, 10) == 10 && memcmp(data, "0123456789", 10) == 0);
    EXPECT(libvchan_recv(vchan, data, 10) == -1 && errno == EPIPE);
    EXPECT(libvchan_data_ready(vchan) == 3 && libvchan_wait(vchan) == 0 && libvchan_wait(vchan) == 0);
    struct pollfd item = {.fd = libvchan_fd_for_select(vchan), .events = POLLIN};
    EXPECT(poll(&item, 1, 0) == 0); /* a program's loop does not turn for nothing */
    EXPECT(libvchan_write(vchan, "x", 1) == -1 && errno == EPIPE);
}

static void client_lies(libvchan_t *vchan)
{
    EXPECT(libvchan_send(vchan, "x", 1) == 1);
    __atomic_store_n(&page->left.produced, 1000000, __ATOMIC_SEQ_CST);
    link_notify(&client_link);
    EXPECT(libvchan_read(vchan, (char[1]){0}, 1) == -1); /* until the server has had enough */
}

static void server_has_enough(libvchan_t *vchan)
{
    char data[16];

    EXPECT(libvchan_recv(vchan, data, 16) == -1 && errno == EPROTO);
    EXPECT(libvchan_is_open(vchan) == VCHAN_DISCONNECTED && libvchan_write(vchan, "x", 1) == -1 && errno == EPROTO);
}

static pid_t start(bool is_server, void (*play)(libvchan_t *vchan))
{
    static struct rings_layout layout = {.left_order = ORDER, .right_order = ORDER, .left_pages = 2, .right_pages = 2};
    struct rings rings;
    pid_t child = fork();

    EXPECT(child >= 0);
    if (child != 0)
        return child;
    if (is_server)
        rings_offer(&rings, page, left, right, &layout);
    while (!is_server && !rings_read_layout(page, &layout))
        poll(NULL, 0, 1);
    if (!is_server) {
        rings_join(&rings, page, left, right, &layout);
        link_notify(&client_link);
    }
    libvchan_t *vchan = channel_open(&rings, is_server ? &server_link : &client_link);
    EXPECT(vchan != NULL);
    play(vchan);
    libvchan_close(vchan);
    exit(0);
}

static void run(const char *name, void (*serve)(libvchan_t *vchan), void (*join)(libvchan_t *vchan), int client_end)
{
    int status;

    page = mmap(NULL, RINGS_PAGE + 2 * RING, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(page != MAP_FAILED);
    left = (unsigned char *)page + RINGS_PAGE;
    right = left + RING;
    server_link.own = client_link.peer = eventfd(0, 0);
    client_link.own = server_link.peer = eventfd(0, 0);
    pid_t server = start(true, serve), client = start(false, join);
    EXPECT(waitpid(client, &status, 0) == client && status == client_end);
    /* The kernel's part. */
    __atomic_store_n(&page->client_lives, 0, __ATOMIC_SEQ_CST);
    link_notify(&client_link);
    EXPECT(waitpid(server, &status, 0) == server && status == 0);
    munmap(page, RINGS_PAGE + 2 * RING);
    close(server_link.own);
    close(client_link.own);
    printf("test-channel: %s: good\n", name);
    fflush(stdout);
}

int main(void)
{
    alarm(60);
    run("both directions at once", server_is_answered, client_echoes, 0);
    run("a client that dies", server_outlives_it, client_dies, SIGKILL);
    run("a client that lies", server_has_enough, client_lies, 0);
    return 0;
}
