/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qrexec protocol, version 3, as the Qubes documentation "Qrexec: Qubes RPC internals" describes
 * it: every message is a header (type and length, 32 bits each, little-endian) and a body. Pure code:
 * no input or output.
 */
#ifndef QREXEC_PROTOCOL_H
#define QREXEC_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QREXEC_VERSION 3 /* the newest that we speak */
#define QREXEC_VERSION_LEAST 3
#define QREXEC_CONTROL_PORT 512 /* of the agent; calls use ports above it */

enum qrexec_type {
    QREXEC_DATA_STDIN = 0x190, /* an empty body ends a stream of data */
    QREXEC_DATA_STDOUT = 0x191,
    QREXEC_DATA_STDERR = 0x192,
    QREXEC_DATA_EXIT_CODE = 0x193,
    QREXEC_EXEC_CMDLINE = 0x200,    /* run a command, connect its streams */
    QREXEC_JUST_EXEC = 0x201,       /* run a command without streams */
    QREXEC_SERVICE_CONNECT = 0x202, /* a requested call is granted: offer this port */
    QREXEC_SERVICE_REFUSED = 0x203,
    QREXEC_CONNECTION_TERMINATED = 0x211, /* a port is free again */
    QREXEC_TRIGGER_SERVICE3 = 0x212,      /* request a call */
    QREXEC_HELLO = 0x300
};

/* Between whom messages travel, and which way; each link allows only some of them. */
enum qrexec_link {
    QREXEC_DAEMON_TO_AGENT,
    QREXEC_AGENT_TO_DAEMON,
    QREXEC_TO_SERVICE, /* the data of a call, towards the program that serves it */
    QREXEC_TO_CALLER,  /* and back */
    QREXEC_REQUEST     /* a caller's program to the agent, or in the admin domain to the daemon */
};

#define QREXEC_HEADER_SIZE 8
#define QREXEC_DATA_MOST 65536     /* bytes of data in one message */
#define QREXEC_TARGET_SIZE 64      /* fixed fields, ended by a zero byte */
#define QREXEC_REQUEST_ID_SIZE 32
#define QREXEC_PORT_SIZE 8         /* a domain and a port */
#define QREXEC_COMMAND_MOST 8192   /* bytes of a command line with its zero byte */
#define QREXEC_SERVICE_SIZE 64     /* of "service+argument" with its zero byte */
#define QREXEC_BODY_MOST QREXEC_DATA_MOST

/* Exit codes of a caller that are not the service's own. */
#define QREXEC_EXIT_PROBLEM 125
#define QREXEC_EXIT_REFUSED 126
#define QREXEC_EXIT_NOT_FOUND 127

struct qrexec_header {
    uint32_t type;
    uint32_t size; /* of the body */
};

void qrexec_put_u32(uint8_t out[4], uint32_t value);
uint32_t qrexec_get_u32(const uint8_t in[4]);
void qrexec_put_header(uint8_t out[QREXEC_HEADER_SIZE], struct qrexec_header header);
struct qrexec_header qrexec_get_header(const uint8_t in[QREXEC_HEADER_SIZE]);

/* Whether such a message may come over the link at all; to be asked before its body is read. */
bool qrexec_is_expected(enum qrexec_link link, struct qrexec_header header);

/* A port of a domain: the body of CONNECTION_TERMINATED, the start of several others. */
struct qrexec_port {
    uint32_t domain;
    uint32_t port;
};
void qrexec_put_port(uint8_t out[QREXEC_PORT_SIZE], struct qrexec_port port);
struct qrexec_port qrexec_get_port(const uint8_t in[QREXEC_PORT_SIZE]);

/*
 * The bodies with text. Each `put` writes at most QREXEC_COMMAND_MOST + 128 bytes and returns how
 * many, or 0 when a text does not fit; each `get` returns false unless the body is exactly of its
 * form: texts end with a zero byte inside their field and have none before.
 */
struct qrexec_exec { /* EXEC_CMDLINE, JUST_EXEC: connect to that port; command as in command.h */
    struct qrexec_port to;
    char command[QREXEC_COMMAND_MOST];
};
size_t qrexec_put_exec(uint8_t *out, const struct qrexec_exec *exec);
bool qrexec_get_exec(const uint8_t *body, size_t size, struct qrexec_exec *exec);

struct qrexec_connect { /* SERVICE_CONNECT */
    struct qrexec_port to;
    char request_id[QREXEC_REQUEST_ID_SIZE];
};
size_t qrexec_put_connect(uint8_t *out, const struct qrexec_connect *connect);
bool qrexec_get_connect(const uint8_t *body, size_t size, struct qrexec_connect *connect);

/* SERVICE_REFUSED is a request_id alone. */
size_t qrexec_put_refused(uint8_t *out, const char *request_id);
bool qrexec_get_refused(const uint8_t *body, size_t size, char request_id[QREXEC_REQUEST_ID_SIZE]);

struct qrexec_trigger { /* TRIGGER_SERVICE3 */
    char target[QREXEC_TARGET_SIZE];
    char request_id[QREXEC_REQUEST_ID_SIZE];
    char service[QREXEC_SERVICE_SIZE]; /* "service+argument" */
};
size_t qrexec_put_trigger(uint8_t *out, const struct qrexec_trigger *trigger);

/*
 * Names are checked as well: a service as qrexec_service_is_valid says, a target of letters, digits
 * and "@:._-", a request id of letters, digits, '_' and '-'.
 */
bool qrexec_get_trigger(const uint8_t *body, size_t size, struct qrexec_trigger *trigger);

/* A letter or digit, then letters, digits, '_', '-' and '.', then perhaps '+' and more of them all. */
bool qrexec_service_is_valid(const char *service);

#endif
