/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-gui-agent: serves one daemon after another with this desktop's windows. */
#include <stdio.h>

#include <libvchan.h>

#include <qubes-gui/link-vchan.h>

#include "desktop.h"
#include "options.h"

/* Sizes of the vchan's two rings: input is small, pixels are not. */
#define READ_RING 4096
#define WRITE_RING (1u << 20)

struct server {
    struct options options;
    libvchan_t *vchan;
    struct gui_agent agent;
    struct desktop desktop;
};

/* Pixels are pixels: no scaling by the system, where it knows of such a wish. */
static void refuse_scaling(void)
{
    typedef BOOL(WINAPI * set_context)(HANDLE);
    HMODULE user = GetModuleHandleW(L"user32");
    set_context set = user ? (set_context)(void *)GetProcAddress(user, "SetProcessDpiAwarenessContext") : NULL;

    if (!set || !set((HANDLE)-4 /* DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2 */))
        SetProcessDPIAware();
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

/* Hooks are called while messages are taken. */
static void take_messages(void)
{
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

static void rest(struct server *server)
{
    HANDLE event = libvchan_fd_for_select(server->vchan);
    uint64_t now = GetTickCount64(), next = capture_next(&server->desktop);
    DWORD wait = next > now ? (DWORD)(next - now) : 0;

    if (MsgWaitForMultipleObjectsEx(1, &event, wait, QS_ALLINPUT, MWMO_INPUTAVAILABLE) == WAIT_OBJECT_0)
        libvchan_wait(server->vchan);
}

static int serve(struct server *server)
{
    for (;;) {
        if (!talk(server))
            return 1;
        take_messages();
        desktop_scan(&server->desktop, GetTickCount64());
        capture_due(&server->desktop, GetTickCount64());
        if (server->agent.connected)
            gui_link_flush(&server->agent.link);
        rest(server);
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
    refuse_scaling();
    gui_agent_init(&server.agent, &input_ops, &server.desktop);
    if (!desktop_open(&server.desktop, &server.agent, server.options.from_screen) || !listen_again(&server))
        return 1;
    return serve(&server);
}
