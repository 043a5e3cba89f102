/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-gui-agent-stubdom: serves one daemon after another with the screen of this domain's QEMU. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <libvchan.h>

#include <qubes-gui/link-vchan.h>

#include "screen.h"

/* Sizes of the vchan's two rings: input is small, pixels are not. */
#define READ_RING 4096
#define WRITE_RING (1u << 20)

/* The least time between two pictures, in milliseconds: 30 a second. */
#define FRAME 33

static const char usage[] = "usage: qubes-gui-agent-stubdom [--gui-domain N] [--vchan-port P] SOCKET\n"
                            "SOCKET is that of QEMU's option -vnc unix:SOCKET.\n";

struct server {
    int gui_domain, port, qemu;
    libvchan_t *vchan;
    struct screen screen;
    int64_t next_frame;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int qemu = -1;
    if (strlen(path) < sizeof address.sun_path) {
        strcpy(address.sun_path, path);
        qemu = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    } else {
        errno = ENAMETOOLONG;
    }
    if (qemu >= 0 && connect(qemu, (struct sockaddr *)&address, sizeof address) == 0)
        return qemu;
    fprintf(stderr, "qubes-gui-agent-stubdom: %s: %s\n", path, strerror(errno));
    return -1;
}

static bool listen_again(struct server *server)
{
    gui_agent_disconnect(&server->screen.agent);
    if (server->vchan)
        libvchan_close(server->vchan);
    server->vchan = libvchan_server_init(server->gui_domain, server->port, READ_RING, WRITE_RING);
    if (!server->vchan)
        perror("qubes-gui-agent-stubdom: cannot listen for the GUI domain");
    return server->vchan != NULL;
}

/* Talks to the daemon, or notices that one has come or gone; false when there is no way on. */
static bool talk_to_daemon(struct server *server)
{
    struct gui_agent *agent = &server->screen.agent;
    enum gui_status status = GUI_OK;
    if (!agent->connected) {
        int state = libvchan_is_open(server->vchan);
        if (state == VCHAN_WAITING)
            return true;
        if (state == VCHAN_DISCONNECTED)
            return listen_again(server);
        status = gui_agent_connect(agent, gui_vchan_transport(server->vchan));
    }
    if (status == GUI_OK)
        status = gui_agent_pump(agent);
    if (status == GUI_OK)
        status = screen_show(&server->screen);
    if (status == GUI_OK)
        status = gui_link_flush(&agent->link);
    if (status == GUI_OK)
        return true;
    fprintf(stderr, "qubes-gui-agent-stubdom: the daemon is gone: %s\n", gui_status_name(status));
    return listen_again(server);
}

/* Sends what waits and takes what is there; false when QEMU is gone or broke the protocol. */
static bool talk_to_qemu(struct server *server, bool readable)
{
    static uint8_t bytes[65536];
    struct rfb *rfb = &server->screen.rfb;
    if (now() >= server->next_frame && gui_agent_ready(&server->screen.agent) &&
        !gui_link_backlog(&server->screen.agent.link) && rfb->idle) {
        rfb_request(rfb);
        server->next_frame = now() + FRAME;
    }
    ssize_t count = rfb->out_size ? send(server->qemu, rfb->out, rfb->out_size, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (count > 0)
        rfb_sent(rfb, (size_t)count);
    if (readable) {
        count = recv(server->qemu, bytes, sizeof bytes, MSG_DONTWAIT);
        if (count > 0)
            rfb_take(rfb, bytes, (size_t)count);
        else if (count == 0)
            rfb->broken = "it has ended";
    }
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        rfb->broken = strerror(errno);
    if (rfb->broken)
        fprintf(stderr, "qubes-gui-agent-stubdom: QEMU: %s\n", rfb->broken);
    return !rfb->broken;
}

static int serve(struct server *server)
{
    bool readable = false;
    for (;;) {
        if (!talk_to_daemon(server) || !talk_to_qemu(server, readable))
            return 1;
        struct rfb *rfb = &server->screen.rfb;
        struct pollfd sources[] = {
            {.fd = server->qemu, .events = (short)(POLLIN | (rfb->out_size ? POLLOUT : 0))},
            {.fd = libvchan_fd_for_select(server->vchan), .events = POLLIN}};
        /* The next picture is asked for when it is due; without a daemon nothing is. */
        bool due = rfb->idle && gui_agent_ready(&server->screen.agent) && !gui_link_backlog(&server->screen.agent.link);
        int64_t wait = server->next_frame - now();
        if (server->screen.agent.connected && gui_link_readable(&server->screen.agent.link))
            wait = 0, due = true;
        if (poll(sources, 2, !due ? -1 : wait > 0 ? (int)wait : 0) > 0 && sources[1].revents)
            libvchan_wait(server->vchan);
        readable = (sources[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    }
}

/* A whole number below a limit. */
static bool number(const char *text, int most, int *out)
{
    char *end;
    long value = strtol(text, &end, 10);
    *out = (int)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value >= 0 && value <= most;
}

int main(int argc, char **argv)
{
    static struct server server = {.port = GUI_VCHAN_PORT};
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        bool known = (strcmp(argv[at], "--gui-domain") == 0 && number(argv[at + 1], 0x7fef, &server.gui_domain)) ||
                     (strcmp(argv[at], "--vchan-port") == 0 && number(argv[at + 1], 65535, &server.port));
        if (!known)
            break;
    }
    if (at + 1 != argc || argv[at][0] == '-') {
        fputs(usage, stderr);
        return 2;
    }
    screen_init(&server.screen);
    server.qemu = connect_to(argv[at]);
    if (server.qemu < 0 || !listen_again(&server))
        return 1;
    return serve(&server);
}
