/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Deciding a call: the first rule that matches, else deny. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "name.h"
#include "policy-rules.h"

/* A call with its words understood. */
typedef struct request {
    const qubes_domain_list *domains;
    const qubes_domain *source;
    char service[QUBES_SERVICE_MAX + 1];
    char argument[QUBES_SERVICE_MAX + 2]; /* with its '+' */
} request;

void qubes_decision_clear(qubes_decision *decision)
{
    free(decision->targets);
    memset(decision, 0, sizeof *decision);
}

static void deny(qubes_decision *out, const char *reason, const char *about)
{
    out->action = QUBES_DENY;
    qubes_print(out->reason, sizeof out->reason, "%s%s%.64s", reason, about ? ": " : "", about ? about : "");
}

static bool has_tag(const qubes_domain *domain, const char *tag)
{
    for (size_t i = 0; i < domain->tag_count; i++)
        if (strcmp(domain->tags[i], tag) == 0)
            return true;
    return false;
}

/* The admin domain has neither tags nor type here: only * and its own name mean it. */
static bool matches_domain(const token *pattern, const qubes_domain *domain)
{
    bool admin = domain->cls == QUBES_CLASS_ADMIN;
    switch (pattern->kind) {
    case TOKEN_ANY:
        return true;
    case TOKEN_ANYVM:
        return !admin;
    case TOKEN_ADMINVM:
        return admin;
    case TOKEN_NAME:
        return !admin && strcmp(pattern->value, domain->name) == 0;
    case TOKEN_TAG:
        return !admin && has_tag(domain, pattern->value);
    case TOKEN_TYPE:
        return !admin && strcmp(pattern->value, qubes_class_name(domain->cls)) == 0;
    default:
        return false;
    }
}

static const qubes_domain *disposable_template(const request *call, const char *name)
{
    const qubes_domain *domain = name[0] ? qubes_domain_find(call->domains, name) : NULL;
    return domain && domain->template_for_dispvms ? domain : NULL;
}

/* Whether a rule's destination covers what the caller asked for. */
static bool matches_target(const token *pattern, const token *target, const request *call)
{
    if (pattern->kind == TOKEN_ANY)
        return true;
    if (pattern->kind == TOKEN_ANYVM)
        return target->kind != TOKEN_ADMINVM;
    if (target->kind == TOKEN_NAME) {
        const qubes_domain *domain = qubes_domain_find(call->domains, target->value);
        return domain && matches_domain(pattern, domain);
    }
    if (pattern->kind == TOKEN_DISPVM_OF || pattern->kind == TOKEN_DISPVM_TAG) {
        const char *name = target->kind == TOKEN_DISPVM_OF ? target->value
                           : target->kind == TOKEN_DISPVM  ? call->source->default_dispvm
                                                           : "";
        if (pattern->kind == TOKEN_DISPVM_OF)
            return name[0] && strcmp(pattern->value, name) == 0;
        const qubes_domain *from = disposable_template(call, name);
        return from && has_tag(from, pattern->value);
    }
    return pattern->kind == target->kind; /* @adminvm, @default, @dispvm */
}

static const policy_rule *find_rule(const qubes_policy *policy, const request *call, const token *target)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const policy_rule *rule = &policy->rules[i];
        if (rule->service[0] && strcmp(rule->service, call->service) != 0)
            continue;
        if (rule->argument[0] && strcmp(rule->argument, call->argument) != 0)
            continue;
        if (matches_domain(&rule->source, call->source) && matches_target(&rule->target, target, call))
            return rule;
    }
    return NULL;
}

/* Turns what a rule gives into a target that can be connected to; else says why not. */
static bool resolve_target(const request *call, token target, token *out, const char **why)
{
    if (target.kind == TOKEN_DISPVM) {
        target.kind = TOKEN_DISPVM_OF;
        qubes_copy(target.value, sizeof target.value, call->source->default_dispvm);
    }
    *why = NULL;
    if (target.kind == TOKEN_DEFAULT)
        *why = "neither the caller nor the policy names a target";
    else if (target.kind == TOKEN_DISPVM_OF && !target.value[0])
        *why = "the caller has no default_dispvm";
    else if (target.kind == TOKEN_DISPVM_OF && !disposable_template(call, target.value))
        *why = "the target is not a template for disposables";
    else if (target.kind == TOKEN_NAME && !qubes_domain_find(call->domains, target.value))
        *why = "the target does not exist";
    else if (target.kind == TOKEN_ADMINVM ? call->source->cls == QUBES_CLASS_ADMIN
                                          : target.kind == TOKEN_NAME && strcmp(target.value, call->source->name) == 0)
        *why = "a domain cannot call itself";
    *out = target;
    return *why == NULL;
}

static void offer(qubes_decision *out, const token *target)
{
    char text[QUBES_TARGET_MAX + 1];
    token_print(target, text);
    for (size_t i = 0; i < out->target_count; i++)
        if (strcmp(out->targets[i], text) == 0)
            return;
    qubes_copy(out->targets[out->target_count++], QUBES_TARGET_MAX + 1, text);
}

/* Offers a target if the caller, having named it, would not have been denied. */
static void offer_if_possible(const qubes_policy *policy, const request *call, const token *candidate,
                              qubes_decision *out)
{
    const char *why;
    token resolved;
    const policy_rule *rule = find_rule(policy, call, candidate);
    if (rule && rule->action != QUBES_DENY &&
        resolve_target(call, rule->has_redirect ? rule->redirect : *candidate, &resolved, &why))
        offer(out, &resolved);
}

static void collect_targets(const qubes_policy *policy, const request *call, qubes_decision *out)
{
    token candidate = {TOKEN_ADMINVM, ""};
    offer_if_possible(policy, call, &candidate, out);
    candidate.kind = TOKEN_DISPVM;
    offer_if_possible(policy, call, &candidate, out);
    for (size_t i = 0; i < call->domains->count; i++) {
        const qubes_domain *domain = &call->domains->items[i];
        if (domain->cls == QUBES_CLASS_ADMIN)
            continue;
        qubes_copy(candidate.value, sizeof candidate.value, domain->name);
        candidate.kind = TOKEN_NAME;
        offer_if_possible(policy, call, &candidate, out);
        candidate.kind = TOKEN_DISPVM_OF;
        if (domain->template_for_dispvms)
            offer_if_possible(policy, call, &candidate, out);
    }
}

static void decide_ask(const qubes_policy *policy, const request *call, const policy_rule *rule,
                       qubes_decision *out)
{
    const char *why = "no target is possible";
    token resolved;
    /* Each domain can appear as itself and as a template for disposables. */
    out->targets = calloc(call->domains->count * 2 + 2, sizeof *out->targets);
    if (!out->targets) {
        deny(out, "out of memory", NULL);
        return;
    }
    if (!rule->has_redirect)
        collect_targets(policy, call, out);
    else if (resolve_target(call, rule->redirect, &resolved, &why))
        offer(out, &resolved);
    if (out->target_count == 0) {
        deny(out, why, NULL);
        return;
    }
    out->action = QUBES_ASK;
    if (rule->has_default_target && resolve_target(call, rule->default_target, &resolved, &why)) {
        token_print(&resolved, out->default_target);
        bool offered = false;
        for (size_t i = 0; i < out->target_count; i++)
            offered = offered || strcmp(out->targets[i], out->default_target) == 0;
        if (!offered)
            out->default_target[0] = '\0';
    }
    qubes_copy(out->reason, sizeof out->reason, "the policy wants the user to be asked");
}

static void apply(const qubes_policy *policy, const request *call, const policy_rule *rule, const token *target,
                  qubes_decision *out)
{
    const char *why;
    token resolved;
    qubes_copy(out->file, sizeof out->file, policy->files[rule->file]);
    out->line = rule->line;
    out->notify = rule->notify;
    if (rule->action == QUBES_DENY) {
        deny(out, "denied by a rule", NULL);
        return;
    }
    out->autostart = rule->autostart;
    qubes_copy(out->user, sizeof out->user, rule->user);
    if (rule->action == QUBES_ASK) {
        decide_ask(policy, call, rule, out);
    } else if (!resolve_target(call, rule->has_redirect ? rule->redirect : *target, &resolved, &why)) {
        deny(out, why, NULL);
    } else {
        out->action = QUBES_ALLOW;
        token_print(&resolved, out->target);
        qubes_copy(out->reason, sizeof out->reason, "allowed by a rule");
    }
    if (out->action == QUBES_DENY) { /* the rule could not be followed: tell, and give nothing away */
        out->notify = true;
        out->autostart = false;
        out->user[0] = '\0';
    }
}

static bool split_service(const char *text, request *out)
{
    size_t length = strlen(text), name = strcspn(text, "+");
    if (length == 0 || length > QUBES_SERVICE_MAX || name == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!name_is_letter(text[i]) && !name_is_digit(text[i]) && !strchr("._-+", text[i]))
            return false;
    memcpy(out->service, text, name);
    out->service[name] = '\0';
    return qubes_copy(out->argument, sizeof out->argument, text[name] ? text + name : "+");
}

void qubes_policy_evaluate(const qubes_policy *policy, const qubes_domain_list *domains, const qubes_call *call,
                           qubes_decision *out)
{
    request understood = {.domains = domains};
    token target;
    const char *why;
    memset(out, 0, sizeof *out);
    out->notify = true;
    understood.source = qubes_domain_find(domains, strcmp(call->source, "@adminvm") == 0 ? QUBES_ADMIN_DOMAIN
                                                                                         : call->source);
    if (!understood.source) {
        deny(out, "the source does not exist", call->source);
        return;
    }
    if (!split_service(call->service, &understood)) {
        deny(out, "not a service name", NULL);
        return;
    }
    if (!token_parse(call->target[0] ? call->target : "@default", PLACE_CALL, &target)) {
        deny(out, "not a target", NULL);
        return;
    }
    token resolved;
    if ((target.kind == TOKEN_NAME || target.kind == TOKEN_DISPVM_OF) &&
        !resolve_target(&understood, target, &resolved, &why)) {
        deny(out, why, target.value);
        return;
    }
    const policy_rule *rule = find_rule(policy, &understood, &target);
    if (rule)
        apply(policy, &understood, rule, &target, out);
    else
        deny(out, "no rule matches", NULL);
}

/* "FILE:LINE: what" into its parts, so that a mistake is reported like a deciding rule. */
static void deny_with_place(qubes_decision *out, const char *text)
{
    const char *colon = NULL;
    unsigned line = 0;
    for (const char *at = strchr(text, ':'); at && !colon; at = strchr(at + 1, ':')) {
        const char *digit = at + 1;
        line = 0;
        for (; name_is_digit(*digit) && line < 100000000; digit++)
            line = line * 10 + (unsigned)(*digit - '0');
        if (digit > at + 1 && digit[0] == ':' && digit[1] == ' ')
            colon = at;
    }
    if (colon && (size_t)(colon - text) < sizeof out->file) {
        memcpy(out->file, text, (size_t)(colon - text));
        out->file[colon - text] = '\0';
        out->line = line;
        text = strstr(colon, ": ") + 2;
    }
    qubes_print(out->reason, sizeof out->reason, "%.250s", text);
}

qubes_status qubes_policy_decide(const qubes_paths *paths, const qubes_call *call, qubes_decision *out,
                                 qubes_error *err)
{
    qubes_domain_list domains;
    qubes_policy *policy;
    qubes_error why;
    memset(out, 0, sizeof *out);
    out->notify = true;
    qubes_status status = qubes_domain_list_load(paths, &domains, &why);
    if (status == QUBES_OK) {
        status = qubes_policy_load(paths->policy, &policy, &why);
        if (status == QUBES_OK) {
            qubes_policy_evaluate(policy, &domains, call, out);
            qubes_policy_free(policy);
        }
        qubes_domain_list_free(&domains);
    }
    if (status != QUBES_OK) {
        deny_with_place(out, why.text);
        if (err)
            *err = why;
    }
    return status;
}
