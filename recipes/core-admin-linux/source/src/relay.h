/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries the bytes of one call between its two ends, which cannot or may not reach each other. */
#ifndef QREXEC_RELAY_H
#define QREXEC_RELAY_H

#include "qrexec/daemon.h"
#include "qrexec/protocol.h"

/* The caller's domain serves its port, the service's domain connects to the one that is served here. */
int relay_domains(struct qrexec_port caller, struct qrexec_port service);

/* The caller is a program here, which connects to the endpoint of the ticket (16 hexadecimal digits). */
int relay_local(const struct qrexec_daemon_options *options, const char *ticket, struct qrexec_port service);

#endif
