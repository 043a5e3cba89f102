/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent of a domain: the control loop that is the same on every system. */
#ifndef QREXEC_AGENT_H
#define QREXEC_AGENT_H

/*
 * Offers the control port to the admin domain and the local endpoint to callers' programs, runs what
 * the daemon asks for and passes on what callers request, until os_stop_event() is set. It tries
 * again for as long as no transport is there, and whenever the daemon went away. 0, or 1 when the
 * system refuses what no waiting would change.
 */
int qrexec_agent_run(void);

#endif
