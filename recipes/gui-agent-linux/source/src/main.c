/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-gui-agent: serves one daemon after another with this X server's windows. */
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include <libvchan.h>

#include <qubes-gui/link-vchan.h>

#include "desktop.h"
#include "options.h"

/* Sizes of the vchan's two rings: input is small, pixels are not. */
#define READ_RING 4096
#define WRITE_RING (1u << 20)

/* The least time between two pictures of a window, in milliseconds: 60 a second. */
#define FRAME 16

struct server {
    struct options options;
    libvchan_t *vchan;
    struct gui_agent agent;
    struct desktop desktop;
    int64_t next_frame;
};

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool listen_again(struct server *server)
{
    gui_agent_disconnect(&server->agent);
    if (server->vchan)
        libvchan_close(server->vchan);
    server->vchan = libvchan_server_init(server->options.gui_domain, server->options.port, READ_RING, WRITE_RING);
    if (!server->vchan)
        perror("qubes-gui-agent: cannot listen for the GUI domain");
    return server->vchan != NULL;
}

/* Talks to the daemon, or notices that one has come or gone; false when there is no way on. */
static bool talk(struct server *server)
{
    enum gui_status status;

    if (!server->agent.connected) {
        int state = libvchan_is_open(server->vchan);

        if (state == VCHAN_WAITING)
            return true;
        if (state == VCHAN_DISCONNECTED)
            return listen_again(server);
        status = gui_agent_connect(&server->agent, gui_vchan_transport(server->vchan));
        if (status != GUI_OK)
            return listen_again(server);
    }
    status = gui_agent_pump(&server->agent);
    if (status == GUI_OK)
        return true;
    fprintf(stderr, "qubes-gui-agent: the daemon is gone: %s\n", gui_status_name(status));
    return listen_again(server);
}

/* Waits for the daemon, the X server, or the time of the next picture. */
static void rest(struct server *server, bool due)
{
    struct pollfd sources[] = {{.fd = ConnectionNumber(server->desktop.display), .events = POLLIN},
                               {.fd = libvchan_fd_for_select(server->vchan), .events = POLLIN}};
    int64_t wait = server->next_frame - now();

    if (QLength(server->desktop.display))
        return;
    if (poll(sources, 2, !due ? -1 : wait > 0 ? (int)wait : 0) > 0 && sources[1].revents)
        libvchan_wait(server->vchan);
}

static int serve(struct server *server)
{
    for (;;) {
        bool due;

        if (!talk(server))
            return 1;
        desktop_events(&server->desktop);
        if (pixels_due(&server->desktop) && now() >= server->next_frame) {
            pixels_send(&server->desktop);
            server->next_frame = now() + FRAME;
        }
        if (server->agent.connected)
            gui_link_flush(&server->agent.link);
        XFlush(server->desktop.display);
        /* Without a daemon, or while it is busy, it is the vchan that wakes us. */
        due = pixels_due(&server->desktop) && gui_agent_ready(&server->agent) && !gui_link_backlog(&server->agent.link);
        rest(server, due);
    }
}

int main(int argc, char **argv)
{
    static struct server server;
    char problem[128];

    if (!options_parse(argc, argv, &server.options, problem, sizeof problem)) {
        fprintf(stderr, "qubes-gui-agent: %s\n%s", problem, options_usage);
        return 2;
    }
    if (server.options.help) {
        fputs(options_usage, stdout);
        return 0;
    }
    gui_agent_init(&server.agent, &input_ops, &server.desktop);
    if (!desktop_open(&server.desktop, &server.agent) || !listen_again(&server))
        return 1;
    return serve(&server);
}
