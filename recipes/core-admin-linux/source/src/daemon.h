/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's state, and what its parts ask of each other. */
#ifndef QREXEC_DAEMON_STATE_H
#define QREXEC_DAEMON_STATE_H

#include "qrexec/channel.h"
#include "qrexec/daemon.h"
#include "qubes-admin.h"

#define LINKS_MOST 512  /* domains */
#define CALLS_MOST 512  /* calls at the same time */
#define CALLS_OF_ONE 64 /* of them, by one domain */
#define LOCALS_MOST 64  /* programs of the admin domain that make calls */

/* The ports of a domain's calls; vmm-hyperv lets exactly these through. */
#define PORT_FIRST (QREXEC_CONTROL_PORT + 1)
#define PORT_LAST 767
#define PORT_COUNT (PORT_LAST - PORT_FIRST + 1)

struct attempt;

/* A domain, and the connection with its agent while it runs. */
struct link {
    uint32_t id; /* 0: the place is free */
    char name[QUBES_NAME_MAX + 1];
    char user[QUBES_USER_MAX + 1]; /* in whose name its services run by default */
    bool listed;                   /* still exists */
    bool ran;                      /* was recorded as running when the list was read last */
    struct qrexec_channel *channel;
    bool hello_sent, hello_came;
    unsigned generation; /* counts connections, so that a call can tell whether its own is over */
    struct attempt *attempt; /* to connect, in the background */
    unsigned long long retry_at;
    unsigned pause;
    bool port_used[PORT_COUNT];
    unsigned port_next;
    unsigned long long lines_since; /* the second that lines_said counts */
    unsigned lines_said, lines_kept_back;
};

/* A program of the admin domain that makes a call. */
struct local {
    struct qrexec_channel *channel; /* NULL: the place is free */
    bool asked;
    struct call *call;
};

struct call {
    enum { CALL_FREE, CALL_ASKING, CALL_STARTING, CALL_RUNNING, CALL_CLEANING } state;
    struct link *source; /* NULL: the admin domain, by `local` */
    unsigned source_generation;
    struct local *local;
    char request_id[QREXEC_REQUEST_ID_SIZE];
    char service[QREXEC_SERVICE_SIZE];
    char requested[QREXEC_TARGET_SIZE]; /* the target as the caller named it */
    char target[QUBES_TARGET_MAX + 1];  /* as policy has it; a domain's name once it is known */
    qubes_decision *decision;
    bool disposable; /* the target lives for this call only */
    struct os_process *process; /* ASKING, STARTING, RUNNING, CLEANING: see calls.c */
    struct os_stream *answer;   /* ASKING: what the person chose … */
    char chosen[QUBES_TARGET_MAX + 2];
    size_t chosen_size; /* … as far as it is known */
    unsigned long long deadline;
    struct link *target_link; /* RUNNING: the domain that serves, NULL for the admin domain */
    unsigned target_generation;
    unsigned source_port, target_port; /* 0 for none */
};

struct daemon {
    const struct qrexec_daemon_options *options;
    qubes_paths paths;
    struct os_event *stop;
    struct os_event *wake; /* an attempt has ended */
    struct vchan_listener *listener;
    unsigned long long retry_listener, refresh_at;
    struct os_process *autostart;
    bool hasty; /* there is more to do at once */
    struct link links[LINKS_MOST];
    struct call calls[CALLS_MOST];
    struct local locals[LOCALS_MOST];
};

/* One line for the log. What comes from domains is checked before it gets here. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- links.c ---- */
/* As say, about a domain, which may only cause so many lines a second (`link` NULL: the admin domain). */
void say_about(struct link *link, const char *format, ...) __attribute__((format(printf, 2, 3)));
void links_turn(struct daemon *daemon); /* connect, receive, notice what is over */
void links_refresh(struct daemon *daemon); /* read the list of domains again */
struct link *links_find(struct daemon *daemon, const char *name);
bool link_is_ready(const struct link *link);
void link_hurry(struct link *link); /* the domain is about to be there: try often */
void link_lose(struct link *link, const char *why);
unsigned link_take_port(struct link *link); /* 0 when none is free */
void link_free_port(struct link *link, unsigned port);
void links_close(struct daemon *daemon);

/* ---- calls.c ---- */
/* A request of a domain (`source`) or of a program here (`local`). */
void calls_begin(struct daemon *daemon, struct link *source, struct local *local,
                 const struct qrexec_trigger *trigger);
void calls_refuse_request(struct link *source, const char *request_id);
void calls_turn(struct daemon *daemon);
void calls_terminated(struct daemon *daemon, struct link *link, struct qrexec_port port);
void calls_local_gone(struct daemon *daemon, struct local *local);
void calls_end(struct daemon *daemon);

/* ---- connect.c ---- */
/* Connects the two ends of a call whose target is ready; false with *why. */
bool connect_call(struct daemon *daemon, struct call *call, const char **why);
/* Gives the ports back. */
void disconnect_call(struct call *call);

/* ---- locals.c ---- */
void locals_open(struct daemon *daemon);
void locals_turn(struct daemon *daemon);
void local_answer(struct local *local, const uint8_t ticket[QREXEC_PORT_SIZE]);
void local_close(struct local *local);

/* ---- tasks.c ---- */
#define TASK_ROOM 6
/* Starts this program with the arguments (ended by NULL); `variable` may be one more "NAME=value". */
struct os_process *task_start(const char *const *arguments, const char *variable);

#endif
