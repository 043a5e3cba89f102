/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-daemon on Linux: started by systemd, or by hand. */
#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qrexec/daemon.h"

#define GROUP "qubes" /* whose members may make calls in the name of the admin domain */

static void share_with_group(const char *endpoint)
{
    const struct group *group = getgrnam(GROUP);

    if (group != NULL && chown(endpoint, (uid_t)-1, group->gr_gid) == 0)
        (void)chmod(endpoint, 0660);
}

int main(int argc, char **argv)
{
    const char *channels = getenv("QREXEC_CHANNELS"), *ask = getenv("QREXEC_ASK");
    struct qrexec_daemon_options options = {
        .access = VCHAN_ACCESS_OWNER,
        .share = share_with_group,
        .direct = channels != NULL && strcmp(channels, "direct") == 0,
        .ask_program = ask != NULL && ask[0] != '\0' ? ask : NULL,
    };

    if (qrexec_is_daemon_task(argc, argv))
        return qrexec_daemon_task(&options, argc, argv);
    if (argc != 1) {
        fprintf(stderr, "usage: %s    (takes no arguments; systemd starts it)\n"
                        "QREXEC_CHANNELS=direct|relay  whether domains reach each other (default relay)\n"
                        "QREXEC_ASK=PROGRAM            asks a person where policy says so\n",
                argv[0]);
        return 2;
    }
    return qrexec_daemon_run(&options);
}
