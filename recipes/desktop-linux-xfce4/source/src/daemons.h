/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which GUI daemons are to run: one for each domain that runs. Without an operating system. */
#ifndef DAEMONS_H
#define DAEMONS_H

#include <stdbool.h>

#include <qubes-admin.h>

/* qubes-guid's exit code when the domain's agent violated the protocol. */
#define DAEMON_MISBEHAVED 3

/* Between the end of a daemon and the next one of the same domain: a domain may have no agent, or start it again. */
#define DAEMON_AGAIN_MS 5000

struct daemon {
    long pid;        /* 0: none runs */
    bool ending;     /* it was asked to end */
    bool refused;    /* the agent violated the protocol: not before the domain has been started again */
    bool wanted;     /* the domain runs */
    long long again; /* not before this time */
};

/* By the number of the domain. Zeroes in the beginning. */
struct daemons {
    struct daemon items[QUBES_ID_MAX + 1];
};

struct daemons_ops {
    /* Starts a daemon for the domain; its pid, or -1. */
    long (*start)(void *context, const qubes_domain *domain);
    /* Asks a daemon to end. */
    void (*end)(void *context, long pid);
    void *context;
};

/* Starts and ends daemons as the domains are now; `now` in milliseconds of any clock that does not go back. */
void daemons_update(struct daemons *all, const qubes_domain_list *domains, long long now,
                    const struct daemons_ops *ops);

/* A daemon has ended, by itself or because it was asked to. */
void daemons_ended(struct daemons *all, long pid, int code, long long now);

#endif
