/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The qrexec policy (files in the R4 syntax, format 5.0): may this call happen? */
#ifndef QUBES_ADMIN_POLICY_H
#define QUBES_ADMIN_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "domain.h"
#include "error.h"
#include "paths.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUBES_SERVICE_MAX 63 /* qrexec's limit for SERVICE+ARGUMENT */
#define QUBES_TARGET_MAX 95  /* "@dispvm:" and a name, with room */
#define QUBES_POLICY_REASON_MAX 256

typedef enum qubes_action { QUBES_DENY = 0, QUBES_ALLOW = 1, QUBES_ASK = 2 } qubes_action;

/* A call as the source domain asked for it. */
typedef struct qubes_call {
    const char *service; /* "qubes.OpenURL" or "qubes.OpenURL+argument" */
    const char *source;  /* the name of the calling domain, from the transport, never from the caller */
    const char *target;  /* a name, "@default" (or ""), "@adminvm", "@dispvm" or "@dispvm:NAME" */
} qubes_call;

/*
 * The answer. An all-zero decision denies. Of the members below `action`:
 * deny uses notify; allow uses target, user, notify and autostart; ask uses all.
 */
typedef struct qubes_decision {
    qubes_action action;
    bool notify;                              /* tell the user */
    bool autostart;                           /* start the target when it is halted, else refuse */
    char target[QUBES_TARGET_MAX + 1];        /* allow: a name, "@adminvm" or "@dispvm:NAME" */
    char user[QUBES_USER_MAX + 1];            /* "" for the target's default user */
    char default_target[QUBES_TARGET_MAX + 1];/* ask: what to preselect; "" for nothing */
    size_t target_count;                      /* ask: what the user may choose from */
    char (*targets)[QUBES_TARGET_MAX + 1];
    char file[QUBES_PATH_MAX];                /* of the deciding rule or of the mistake; "" for none */
    unsigned line;
    char reason[QUBES_POLICY_REASON_MAX];     /* one line for the log */
} qubes_decision;

void qubes_decision_clear(qubes_decision *decision);

typedef struct qubes_policy qubes_policy; /* the parsed rules; immutable, safe to share between threads */

/*
 * Parses all *.policy files of a directory in the order of their names' bytes. Any mistake in any
 * of them, or in what they include, fails with QUBES_E_DAMAGED and "FILE:LINE: what"; a policy with
 * a mistake is never partly used. A directory that does not exist is an empty policy (all denied).
 */
qubes_status qubes_policy_load(const char *directory, qubes_policy **out, qubes_error *err);
void qubes_policy_free(qubes_policy *policy);

/*
 * Decides one call: the first rule that matches, else deny. Pure. `out` is always filled (a call
 * that makes no sense is denied with a reason) and is cleared by the caller.
 */
void qubes_policy_evaluate(const qubes_policy *policy, const qubes_domain_list *domains,
                           const qubes_call *call, qubes_decision *out);

/*
 * Loads domains and policy from `paths` and decides. Denies when either cannot be read, with the
 * explanation in `reason` and the place in `file` and `line`; then the status is not QUBES_OK.
 */
qubes_status qubes_policy_decide(const qubes_paths *paths, const qubes_call *call, qubes_decision *out,
                                 qubes_error *err);

#ifdef __cplusplus
}
#endif
#endif
