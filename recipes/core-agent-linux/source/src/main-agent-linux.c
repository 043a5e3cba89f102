/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-agent: runs in each domain for as long as the domain does. */
#include <stdio.h>

#include "qrexec/agent.h"
#include "qrexec/session.h"

int main(int argc, char **argv)
{
    if (qrexec_is_session(argc, argv))
        return qrexec_session_main(argc, argv);
    if (argc != 1) {
        fprintf(stderr, "usage: %s    (takes no arguments; systemd starts it)\n", argv[0]);
        return 2;
    }
    return qrexec_agent_run();
}
