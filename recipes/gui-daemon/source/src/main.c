/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* qubes-guid: shows the windows of one app domain. */
#include <stdio.h>
#include <time.h>

#include <libvchan.h>

#include <qubes-gui/link-vchan.h>

#include "options.h"
#include "os.h"
#include "session.h"
#include "view.h"

/* A domain that has just been started takes this long to offer its GUI, in seconds. */
#define PATIENCE 120

enum exit_code { ENDED = 0, CANNOT_RUN = 1, USAGE = 2, MISBEHAVED = 3 };

static libvchan_t *connect_to(const struct options *options)
{
    time_t deadline = time(NULL) + PATIENCE;
    libvchan_t *vchan;

    for (;;) {
        vchan = libvchan_client_init(options->domid, options->port);
        if (vchan || time(NULL) >= deadline)
            break;
        os_sleep(500);
    }
    if (!vchan)
        fprintf(stderr, "qubes-guid: domain %s (%d) offers no GUI on port %d\n", options->domain, options->domid,
                options->port);
    return vchan;
}

static int outcome(const struct options *options, const struct session *session, enum gui_status status)
{
    if (status == GUI_CLOSED) {
        fprintf(stderr, "qubes-guid: domain %s has closed its GUI\n", options->domain);
        return ENDED;
    }
    if (status == GUI_OK)
        return ENDED;
    fprintf(stderr, "qubes-guid: disconnected domain %s: %s", options->domain, gui_status_name(status));
    fprintf(stderr, session->ended_type ? " in %s\n" : "\n", gui_type_name(session->ended_type));
    return MISBEHAVED;
}

static int serve(const struct options *options, struct view *view)
{
    libvchan_t *vchan = connect_to(options);
    struct session session;
    enum gui_status status;
    int code = CANNOT_RUN;

    if (!vchan)
        return CANNOT_RUN;
    status = session_open(&session, options->domain, gui_vchan_transport(vchan), &view_ops, view, view_area(view));
    if (status == GUI_OK) {
        status = view_run(view, &session, vchan);
        code = outcome(options, &session, status);
        session_close(&session);
    }
    libvchan_close(vchan);
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct view *view;
    char problem[128];
    int code;

    argv = os_arguments(&argc, argv);
    if (!argv)
        return CANNOT_RUN;
    if (!options_parse(argc, argv, &options, problem, sizeof problem)) {
        fprintf(stderr, "qubes-guid: %s\n%s", problem, options_usage);
        return USAGE;
    }
    if (options.help) {
        fputs(options_usage, stdout);
        return ENDED;
    }
    if (options.log && !os_log_to(options.log)) {
        fprintf(stderr, "qubes-guid: cannot write %s\n", options.log);
        return CANNOT_RUN;
    }
    view = view_open(&options);
    if (!view)
        return CANNOT_RUN;
    code = serve(&options, view);
    view_close(view);
    return code;
}
