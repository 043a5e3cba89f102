/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ends of one call: the program that serves it, and the program that made it. */
#ifndef QREXEC_SESSION_H
#define QREXEC_SESSION_H

#include "os.h"
#include "protocol.h"

/*
 * Serves one call: connects to the port (not when `streams` is false: JUST_EXEC), runs `command` as
 * its user, and carries the streams and the exit code until the process ends or the caller is gone,
 * which ends the process. The answer is an exit code for this program: 0 when the call went to its end.
 */
int qrexec_serve(struct qrexec_port to, const char *command, bool streams);

/*
 * The same as a command line, so that agents and daemons can run each call in a process of its own:
 * argv[1] is "--session", then exec|just DOMAIN PORT COMMAND. qrexec_session_argv fills `argv` (to be
 * passed to os_process_start) with pointers into its arguments and `room`.
 */
struct qrexec_session_room {
    char program[OS_PATH_SIZE];
    char domain[16];
    char port[16];
};
bool qrexec_session_argv(const char *argv[8], struct qrexec_session_room *room, struct qrexec_port to,
                         const char *command, bool streams);
bool qrexec_is_session(int argc, char **argv);
int qrexec_session_main(int argc, char **argv);

/* The environment of such a process: a VCHAN_CONNECT_TIMEOUT of its starter is not for it. */
extern const char *const qrexec_session_environment[];

/* Whom a caller's program asks: the agent of its domain, or in the admin domain the daemon. */
enum qrexec_broker { QREXEC_AGENT, QREXEC_DAEMON };

/*
 * Makes one call: requests `service` in `target` from the broker and connects it with the program
 * `argv` (ended by NULL), or with this program's own standard streams when argv[0] is NULL. The
 * answer is the service's exit code (255 for one that is not within 0 and 255) or a QREXEC_EXIT_….
 *
 * An agent answers with a port, at which this program then serves a vchan. The daemon answers with a
 * ticket for a local endpoint instead, because in the admin domain ordinary users' programs may not
 * use vchans; there the daemon has the data relayed.
 */
int qrexec_call(enum qrexec_broker broker, const char *target, const char *service, const char *const *argv);

/* That as a command: NAME TARGET SERVICE[+ARGUMENT] [PROGRAM [ARGUMENT…]]. */
int qrexec_call_main(enum qrexec_broker broker, int argc, char **argv);

/* The local endpoint that a ticket stands for; false when it would be too long. */
bool qrexec_ticket_endpoint(char endpoint[OS_PATH_SIZE], const uint8_t ticket[QREXEC_PORT_SIZE]);

#endif
