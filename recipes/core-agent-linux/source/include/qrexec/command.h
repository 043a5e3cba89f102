/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command lines that a daemon sends:
 *   USER:COMMAND
 *   USER:[nogui:]QUBESRPC SERVICE[+ARGUMENT] SOURCE [name|keyword TARGET]
 * Pure code. A daemon is trusted to name user and source, but not to be free of mistakes.
 */
#ifndef QREXEC_COMMAND_H
#define QREXEC_COMMAND_H

#include <stdbool.h>

#include "protocol.h"

#define QREXEC_USER_SIZE 64
#define QREXEC_NAME_SIZE 64

struct qrexec_command {
    char user[QREXEC_USER_SIZE];
    bool is_service;
    const char *line;                  /* not a service: the command, inside the text that was parsed */
    char service[QREXEC_SERVICE_SIZE]; /* the rest is for services: the full name … */
    char argument[QREXEC_SERVICE_SIZE]; /* … what follows '+' in it, "" for none … */
    char name[QREXEC_SERVICE_SIZE];     /* … and what precedes it */
    char source[QREXEC_NAME_SIZE];      /* the calling domain */
    char target_type[16];               /* "name", "keyword" or "" */
    char target[QREXEC_NAME_SIZE];      /* what the caller asked for, without a keyword's '@' */
};

/* false when the text has none of the two forms, or a part is too long or has a wrong character. */
bool qrexec_command_parse(const char *text, struct qrexec_command *command);

/*
 * Writes the second form into `out`, with `type` and `target` unless they are NULL; false when it
 * does not fit. The caller has checked the parts.
 */
bool qrexec_command_write(char out[QREXEC_COMMAND_MOST], const char *user, const char *service,
                          const char *source, const char *type, const char *target);

#endif
