/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The parsed form of policy: tokens that name domains, rules, and how lines become rules. */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "qubes-admin/policy.h"

/* What can stand where a rule or a call names domains. */
typedef enum token_kind {
    TOKEN_NAME,       /* work */
    TOKEN_ANY,        /* *            everything */
    TOKEN_ANYVM,      /* @anyvm       everything but the admin domain */
    TOKEN_ADMINVM,    /* @adminvm */
    TOKEN_DEFAULT,    /* @default     the caller named no target */
    TOKEN_DISPVM,     /* @dispvm      a new disposable from the caller's default_dispvm */
    TOKEN_DISPVM_OF,  /* @dispvm:NAME a new disposable from NAME */
    TOKEN_DISPVM_TAG, /* @dispvm:@tag:TAG */
    TOKEN_TAG,        /* @tag:TAG */
    TOKEN_TYPE        /* @type:AppVM */
} token_kind;

typedef struct token {
    token_kind kind;
    char value[QUBES_TAG_MAX + 1]; /* the NAME, TAG or class */
} token;

/* Where it stands decides which tokens make sense there. */
typedef enum token_place { PLACE_SOURCE, PLACE_TARGET, PLACE_REDIRECT, PLACE_CALL } token_place;

/* False when the text is no token for that place. "dom0" is "@adminvm". */
bool token_parse(const char *text, token_place place, token *out);
/* The text of a token that may be a target, as the public interface says it. */
void token_print(const token *from, char out[QUBES_TARGET_MAX + 1]);
bool token_equal(const token *a, const token *b);

typedef struct policy_rule {
    char service[QUBES_SERVICE_MAX + 1];  /* "" for every one */
    char argument[QUBES_SERVICE_MAX + 2]; /* "" for every one, else "+ARGUMENT" */
    token source;
    token target;
    qubes_action action;
    bool has_redirect;
    token redirect; /* target= */
    bool has_default_target;
    token default_target;
    char user[QUBES_USER_MAX + 1];
    bool notify;
    bool autostart;
    size_t file; /* index into the policy's files */
    unsigned line;
} policy_rule;

typedef enum policy_line_kind { LINE_NOTHING, LINE_RULE, LINE_INCLUDE, LINE_INCLUDE_DIR } policy_line_kind;

typedef struct policy_line {
    policy_line_kind kind;
    policy_rule rule;
    char path[QUBES_PATH_MAX]; /* LINE_INCLUDE and LINE_INCLUDE_DIR: relative, with '/' */
} policy_line;

#define POLICY_LINE_MAX 4096

/*
 * Parses one line (without its newline). Returns NULL, or what is wrong with it, for a person, in
 * `problem`. A trust boundary: any bytes may come.
 */
const char *policy_parse_line(const char *text, size_t length, policy_line *out, char problem[QUBES_ERROR_MAX]);

/* Whether an !include path is below the policy directory and portable. */
bool policy_path_is_safe(const char *path);
/* Whether a file name may stand in a policy directory. */
bool policy_file_name_is_valid(const char *name);

struct qubes_policy {
    size_t rule_count;
    policy_rule *rules;
    size_t file_count;
    char **files;
};

#endif
