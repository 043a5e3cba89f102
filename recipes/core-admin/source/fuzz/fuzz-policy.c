/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Policy lines and calls: whatever the rules, an answer keeps its promises. The first line is the call. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy-rules.h"
#include "record.h"

#define RULES 64

static void require(int condition)
{
    if (!condition)
        abort();
}

static qubes_domain domains[4];
static const qubes_domain_list list = {4, domains};

static void make_domains(void)
{
    record_init_admin(&domains[0]);
    record_init(&domains[1], "work", QUBES_CLASS_APP);
    strcpy(domains[1].default_dispvm, "dvm");
    require(record_set(&domains[1], "tags", "a b", NULL) == QUBES_OK);
    record_init(&domains[2], "dvm", QUBES_CLASS_APP);
    domains[2].template_for_dispvms = true;
    record_init(&domains[3], "deb", QUBES_CLASS_TEMPLATE);
}

static void check_target(const char *target, const char *source)
{
    if (strncmp(target, "@dispvm:", 8) == 0)
        require(strcmp(target + 8, "dvm") == 0);
    else if (strcmp(target, "@adminvm") != 0)
        require(qubes_domain_find(&list, target) && strcmp(target, source) != 0);
}

static void check_call(const qubes_policy *policy, const char *service, const char *source, const char *target)
{
    qubes_decision decision;
    qubes_call call = {service, source, target};
    qubes_policy_evaluate(policy, &list, &call, &decision);
    if (decision.action == QUBES_ALLOW)
        check_target(decision.target, source);
    else
        require(!decision.target[0]);
    if (decision.action == QUBES_ASK)
        require(decision.target_count > 0 && decision.target_count <= 8);
    for (size_t i = 0; i < decision.target_count; i++)
        check_target(decision.targets[i], source);
    if (decision.action != QUBES_DENY)
        require(decision.line > 0 && policy->rule_count > 0);
    qubes_decision_clear(&decision);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static policy_rule rules[RULES];
    static char *files[] = {"f"};
    qubes_policy policy = {0, rules, 1, files};
    char service[128], target[128], problem[QUBES_ERROR_MAX];
    policy_line line;
    if (!domains[0].name[0])
        make_domains();
    const char *at = (const char *)data, *limit = at + size;
    service[0] = target[0] = '\0';
    for (unsigned number = 0; at < limit; number++) {
        const char *newline = memchr(at, '\n', (size_t)(limit - at));
        size_t length = (size_t)((newline ? newline : limit) - at);
        if (number < 2) { /* the service, then the target of the call */
            char *into = number == 0 ? service : target;
            size_t take = length < sizeof service - 1 ? length : sizeof service - 1;
            memcpy(into, at, take);
            into[take] = '\0';
        } else if (!policy_parse_line(at, length, &line, problem) && line.kind == LINE_RULE &&
                   policy.rule_count < RULES) {
            line.rule.line = number;
            line.rule.file = 0;
            rules[policy.rule_count++] = line.rule;
        }
        at += length + (newline != NULL);
    }
    check_call(&policy, service, "work", target);
    check_call(&policy, service, "dom0", target);
    check_call(&policy, "qubes.A+x", "dvm", "@default");
    check_call(&policy, "qubes.A", "work", "@dispvm");
    return 0;
}
