/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* qubes-admin policy check: what would happen to a call, and which rule says so. */
#include <stdio.h>

#include "command.h"

static const char *yes_no(bool value)
{
    return value ? "yes" : "no";
}

static void print_decision(const qubes_decision *decision)
{
    static const char *const actions[] = {[QUBES_DENY] = "deny", [QUBES_ALLOW] = "allow", [QUBES_ASK] = "ask"};
    printf("%s\n", actions[decision->action]);
    if (decision->action == QUBES_ALLOW)
        printf("target=%s\n", decision->target);
    if (decision->action == QUBES_ASK) {
        printf("targets=");
        for (size_t i = 0; i < decision->target_count; i++)
            printf("%s%s", i ? "," : "", decision->targets[i]);
        printf("\ndefault_target=%s\n", decision->default_target);
    }
    if (decision->action != QUBES_DENY)
        printf("user=%s\nautostart=%s\n", decision->user, yes_no(decision->autostart));
    printf("notify=%s\n", yes_no(decision->notify));
    if (decision->file[0])
        printf("rule=%s:%u\n", decision->file, decision->line);
    printf("reason=%s\n", decision->reason);
}

int command_policy_check(const qubes_paths *paths, int argc, char **argv)
{
    qubes_decision decision;
    qubes_error err;
    if (argc != 3)
        return command_usage("policy check takes SERVICE[+ARGUMENT] SOURCE TARGET");
    qubes_call call = {.service = argv[0], .source = argv[1], .target = argv[2]};
    qubes_status status = qubes_policy_decide(paths, &call, &decision, &err);
    print_decision(&decision);
    int code = decision.action == QUBES_ALLOW ? QUBES_OK : decision.action == QUBES_ASK ? QUBES_E_ASK : QUBES_E_DENIED;
    qubes_decision_clear(&decision);
    return status == QUBES_OK ? code : command_fail(&err);
}
