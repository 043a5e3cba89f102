/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qrexec daemon of the admin domain: what is the same on every system. */
#ifndef QREXEC_DAEMON_H
#define QREXEC_DAEMON_H

#include <stdbool.h>

#include "vchan-stream.h"

struct qrexec_daemon_options {
    /* Who may make calls in the name of the admin domain, through the local endpoint. */
    enum vchan_access access;
    /* Called with each local endpoint's name when it is open, to widen access to it; may be NULL. */
    void (*share)(const char *endpoint);
    /* Whether two domains can reach each other over the vchan; else their calls are relayed here. */
    bool direct;
    /*
     * The program that asks a person where policy says so, NULL for none (then such calls are
     * refused): called with SOURCE SERVICE PRESELECTED TARGET..., it prints the chosen target and
     * exits with 0, or exits with another code. It runs as ask_user unless that is NULL.
     */
    const char *ask_program;
    const char *ask_user;
};

/*
 * Keeps one connection with the agent of each running domain, decides their requests by policy and
 * connects or refuses them, until os_stop_event() is set. Where no vchan can be opened it tries on.
 * 0, or 1 when the system refuses what no waiting would change.
 */
int qrexec_daemon_run(const struct qrexec_daemon_options *options);

/*
 * The daemon does everything that may take its time in processes of its own program, which are told
 * so by their first argument: a main function asks for one of these before anything else.
 */
bool qrexec_is_daemon_task(int argc, char **argv);
int qrexec_daemon_task(const struct qrexec_daemon_options *options, int argc, char **argv);

#endif
