/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The policy: what lines mean, which rule decides, and that mistakes deny everything. */
#include "qubes-admin.h"
#include "policy-rules.h"
#include "record.h"
#include "scratch.h"

static qubes_domain domains[8];
static qubes_domain_list list = {0, domains};

static qubes_domain *add(const char *name, qubes_class cls, const char *tags)
{
    qubes_domain *domain = &domains[list.count];
    record_init(domain, name, cls);
    domain->id = (unsigned)list.count++;
    CHECK(record_set(domain, "tags", tags, NULL) == QUBES_OK);
    return domain;
}

/* dom0, work (tag trusted, disposables from dvm), web, vault, deb, dvm (base of disposables, tag safe). */
static void make_domains(void)
{
    record_init_admin(&domains[list.count++]);
    qubes_copy(add("work", QUBES_CLASS_APP, "trusted office")->default_dispvm, QUBES_NAME_MAX + 1, "dvm");
    add("web", QUBES_CLASS_APP, "");
    add("vault", QUBES_CLASS_APP, "trusted");
    add("deb", QUBES_CLASS_TEMPLATE, "");
    add("dvm", QUBES_CLASS_APP, "safe")->template_for_dispvms = true;
}

static void set_policy(const char *text)
{
    os_remove_tree(scratch_path("policy"), NULL);
    scratch_write("policy/50-test.policy", text);
}

/* "allow TARGET", "ask A,B default D", "deny" and the line, as one text to compare. */
static const char *decide(const char *service, const char *source, const char *target)
{
    static char out[2048];
    qubes_policy *policy;
    qubes_error err;
    qubes_decision decision;
    size_t used;
    if (qubes_policy_load(scratch_path("policy"), &policy, &err) != QUBES_OK) {
        qubes_print(out, sizeof out, "damaged %s", err.text);
        return out;
    }
    qubes_call call = {service, source, target};
    qubes_policy_evaluate(policy, &list, &call, &decision);
    if (decision.action == QUBES_ALLOW)
        qubes_print(out, sizeof out, "allow %s", decision.target);
    else
        qubes_copy(out, sizeof out, decision.action == QUBES_ASK ? "ask" : "deny");
    for (size_t i = 0; i < decision.target_count && decision.action == QUBES_ASK; i++) {
        used = strlen(out);
        qubes_print(out + used, sizeof out - used, "%s%s", i ? "," : " ", decision.targets[i]);
    }
    used = strlen(out);
    if (decision.default_target[0])
        qubes_print(out + used, sizeof out - used, " default %s", decision.default_target);
    used = strlen(out);
    qubes_print(out + used, sizeof out - used, "%s%s%s%s @%u", decision.user[0] ? " user " : "", decision.user,
                decision.notify ? " notify" : "", decision.action != QUBES_DENY && !decision.autostart ? " noauto" : "",
                decision.line);
    qubes_decision_clear(&decision);
    qubes_policy_free(policy);
    return out;
}

static void nothing_is_allowed_without_a_rule(void)
{
    os_remove_tree(scratch_path("policy"), NULL);
    CHECK_TEXT(decide("qubes.A", "work", "web"), "deny notify @0");
    set_policy("# nothing here\n\n");
    CHECK_TEXT(decide("qubes.A", "work", "web"), "deny notify @0");
}

static void the_first_matching_rule_decides(void)
{
    set_policy("qubes.A * work web deny\n"
               "qubes.A * work @anyvm allow\n"
               "qubes.A * * * ask\n"
               "qubes.B +x work web allow\n"
               "qubes.B + work web ask target=vault\n"
               "* * vault web allow user=root notify=yes autostart=no\n");
    CHECK_TEXT(decide("qubes.A", "work", "web"), "deny notify @1");
    CHECK_TEXT(decide("qubes.A", "work", "vault"), "allow vault @2");
    CHECK_TEXT(decide("qubes.B+x", "work", "web"), "allow web @4");
    CHECK_TEXT(decide("qubes.B", "work", "web"), "ask vault @5");
    CHECK_TEXT(decide("qubes.B+y", "work", "web"), "deny notify @0");
    CHECK_TEXT(decide("any.Thing+z", "vault", "web"), "allow web user root notify noauto @6");
    CHECK_TEXT(decide("qubes.AB", "work", "vault"), "deny notify @0");
}

static void tokens_cover_what_they_say(void)
{
    set_policy("s.any * @anyvm @anyvm allow\n"
               "s.admin * @anyvm @adminvm allow\n"
               "s.star * * * allow\n"
               "s.tag * @tag:trusted @tag:office allow\n"
               "s.type * @type:AppVM @type:TemplateVM allow\n"
               "s.admintype * @type:AdminVM @type:AdminVM allow\n"
               "s.fromadmin * @adminvm work allow\n"
               "s.dom0 * work dom0 allow\n");
    CHECK_TEXT(decide("s.any", "work", "web"), "allow web @1");
    CHECK_TEXT(decide("s.any", "work", "@adminvm"), "deny notify @0");
    CHECK_TEXT(decide("s.any", "work", "dom0"), "deny notify @0");
    CHECK_TEXT(decide("s.any", "dom0", "work"), "deny notify @0");
    CHECK_TEXT(decide("s.any", "work", "@default"), "deny notify @1"); /* matches, but names no target */
    CHECK_TEXT(decide("s.any", "work", "@dispvm"), "allow @dispvm:dvm @1");
    CHECK_TEXT(decide("s.admin", "work", "dom0"), "allow @adminvm @2");
    CHECK_TEXT(decide("s.star", "dom0", "work"), "allow work @3");
    CHECK_TEXT(decide("s.star", "work", "@adminvm"), "allow @adminvm @3");
    CHECK_TEXT(decide("s.tag", "vault", "work"), "allow work @4");
    CHECK_TEXT(decide("s.tag", "work", "vault"), "deny notify @0");
    CHECK_TEXT(decide("s.type", "web", "deb"), "allow deb @5");
    CHECK_TEXT(decide("s.type", "deb", "web"), "deny notify @0");
    CHECK_TEXT(decide("s.admintype", "dom0", "dom0"), "deny notify @0");
    CHECK_TEXT(decide("s.fromadmin", "@adminvm", "work"), "allow work @7");
    CHECK_TEXT(decide("s.dom0", "work", "@adminvm"), "allow @adminvm @8");
}

static void disposables_resolve_to_their_base(void)
{
    set_policy("s.exact * work @dispvm allow\n"
               "s.of * * @dispvm:dvm allow\n"
               "s.tag * * @dispvm:@tag:safe allow\n"
               "s.to * * @default allow target=@dispvm\n"
               "s.toof * * @default allow target=@dispvm:dvm\n"
               "s.bad * * @default allow target=@dispvm:web\n");
    CHECK_TEXT(decide("s.exact", "work", "@dispvm"), "allow @dispvm:dvm @1");
    CHECK_TEXT(decide("s.exact", "work", "@dispvm:dvm"), "deny notify @0");
    CHECK_TEXT(decide("s.of", "work", "@dispvm"), "allow @dispvm:dvm @2");
    CHECK_TEXT(decide("s.of", "web", "@dispvm"), "deny notify @0"); /* web has no default_dispvm */
    CHECK_TEXT(decide("s.of", "web", "@dispvm:dvm"), "allow @dispvm:dvm @2");
    CHECK_TEXT(decide("s.of", "web", "@dispvm:vault"), "deny notify @0");
    CHECK_TEXT(decide("s.tag", "work", "@dispvm"), "allow @dispvm:dvm @3");
    CHECK_TEXT(decide("s.to", "work", ""), "allow @dispvm:dvm @4");
    CHECK_TEXT(decide("s.to", "web", ""), "deny notify @4");
    CHECK_TEXT(decide("s.toof", "web", "@default"), "allow @dispvm:dvm @5");
    CHECK_TEXT(decide("s.bad", "work", "@default"), "deny notify @6");
}

static void redirects_replace_the_callers_choice(void)
{
    set_policy("s.r * work web allow target=vault\n"
               "s.admin * work * allow target=@adminvm\n"
               "s.gone * work * allow target=nosuch\n"
               "s.self * work * allow target=work\n");
    CHECK_TEXT(decide("s.r", "work", "web"), "allow vault @1");
    CHECK_TEXT(decide("s.admin", "work", "web"), "allow @adminvm @2");
    CHECK_TEXT(decide("s.gone", "work", "web"), "deny notify @3");
    CHECK_TEXT(decide("s.self", "work", "web"), "deny notify @4");
    CHECK_TEXT(decide("s.self", "work", "work"), "deny notify @0");
}

static void asking_offers_only_what_the_policy_would_not_deny(void)
{
    set_policy("s.ask * work vault deny\n"
               "s.ask * work deb deny\n"
               "s.ask * work @anyvm ask default_target=web\n"
               "s.far * work @default ask default_target=vault\n"
               "s.far * work web allow\n"
               "s.none * work @default ask\n"
               "s.none * work * deny\n"
               "s.wrong * work @default ask target=web default_target=vault\n"
               "s.user * work @anyvm ask user=joe target=web notify=yes autostart=no\n");
    CHECK_TEXT(decide("s.ask", "work", "@default"), "ask @dispvm:dvm,web,dvm default web @3");
    CHECK_TEXT(decide("s.ask", "work", "vault"), "deny notify @1");
    CHECK_TEXT(decide("s.far", "work", "@default"), "ask web @4"); /* vault would be denied */
    CHECK_TEXT(decide("s.none", "work", "@default"), "deny notify @6");
    CHECK_TEXT(decide("s.wrong", "work", "@default"), "ask web @8");
    CHECK_TEXT(decide("s.user", "work", "dvm"), "ask web user joe notify noauto @9");
}

static void calls_that_make_no_sense_are_denied(void)
{
    set_policy("* * * * allow\n");
    CHECK_TEXT(decide("s", "nosuch", "web"), "deny notify @0");
    CHECK_TEXT(decide("s", "work", "nosuch"), "deny notify @0");
    CHECK_TEXT(decide("s", "work", "@anyvm"), "deny notify @0");
    CHECK_TEXT(decide("s", "work", "@tag:trusted"), "deny notify @0");
    CHECK_TEXT(decide("s", "work", "*"), "deny notify @0");
    CHECK_TEXT(decide("s", "work", "@dispvm:"), "deny notify @0");
    CHECK_TEXT(decide("s", "work", "../x"), "deny notify @0");
    CHECK_TEXT(decide("", "work", "web"), "deny notify @0");
    CHECK_TEXT(decide("+x", "work", "web"), "deny notify @0");
    CHECK_TEXT(decide("a b", "work", "web"), "deny notify @0");
    CHECK_TEXT(decide("a/../b", "work", "web"), "deny notify @0");
    CHECK_TEXT(decide("a234567890123456789012345678901234567890123456789012345678901234", "work", "web"),
               "deny notify @0");
    CHECK_TEXT(decide("a23456789012345678901234567890123456789012345678901234567890123", "work", "web"),
               "allow web @1");
}

static void a_mistake_anywhere_denies_everything(void)
{
    static const char *const wrong[][2] = {
        {"qubes.A * work web", "a rule is SERVICE ARGUMENT SOURCE DESTINATION ACTION; found only: 'web'"},
        {"qubes/A * work web allow", "not a service: 'qubes/A'"},
        {"qubes.A+x * work web allow", "not a service: 'qubes.A+x'"},
        {"qubes.A x work web allow", "not an argument ('*' or '+' and text): 'x'"},
        {"* +x work web allow", "service * goes only with argument *: '+x'"},
        {"qubes.A * @default web allow", "not a source: '@default'"},
        {"qubes.A * @dispvm:dvm web allow", "not a source: '@dispvm:dvm'"},
        {"qubes.A * $anyvm web allow", "not a source: '$anyvm'"},
        {"qubes.A * work @nosuch allow", "not a destination: '@nosuch'"},
        {"qubes.A * work @tag: allow", "not a destination: '@tag:'"},
        {"qubes.A * work @type:appvm allow", "not a destination: '@type:appvm'"},
        {"qubes.A * work web permit", "not an action (allow, deny, ask): 'permit'"},
        {"qubes.A * work web allow target=@anyvm", "not a value for this parameter: 'target=@anyvm'"},
        {"qubes.A * work web allow target=", "not a value for this parameter: 'target='"},
        {"qubes.A * work web allow user=a user=b", "parameter given twice: 'user=b'"},
        {"qubes.A * work web allow notify=maybe", "not a value for this parameter: 'notify=maybe'"},
        {"qubes.A * work web deny target=web", "a parameter that this action does not take: 'target=web'"},
        {"qubes.A * work web allow default_target=web",
         "a parameter that this action does not take: 'default_target=web'"},
        {"qubes.A * work web allow # why", "not a parameter: '#'"},
        {"qubes.A * work @default allow", "allow for @default needs target=: 'allow'"},
        {"!include", "a directive takes one path: '!include'"},
        {"!compat-4.0", "not a directive (!include, !include-dir): '!compat-4.0'"},
        {"!include ../x", "not a path below the policy directory (a-z 0-9 _ . - between '/'): '../x'"},
        {"!include /etc/passwd", "not a path below the policy directory (a-z 0-9 _ . - between '/'): '/etc/passwd'"},
        {"qubes.A\x01 * work web allow", "control character in the line: ''"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[512], expected[1024];
        qubes_print(text, sizeof text, "* * * * allow\n%s\n", wrong[i][0]);
        set_policy(text);
        qubes_print(expected, sizeof expected, "damaged %s:2: %s", scratch_path("policy/50-test.policy"), wrong[i][1]);
        CHECK_TEXT(decide("s", "work", "web"), expected);
    }
    set_policy("* * * * allow\n");
    scratch_write("policy/Upper.policy", "\n");
    CHECK(strncmp(decide("s", "work", "web"), "damaged", 7) == 0);
}

static void files_are_read_in_the_order_of_their_names(void)
{
    set_policy("s * * * deny\n");
    scratch_write("policy/10-first.policy", "s * * * allow\r\n");
    scratch_write("policy/05-not-read.txt", "nonsense\n");
    scratch_write("policy/.hidden.policy", "nonsense\n");
    CHECK_TEXT(decide("s", "work", "web"), "allow web @1");
}

static void includes_stand_in_their_place(void)
{
    set_policy("s * work vault deny\n!include include/one\n!include-dir dir\ns * * * deny\n");
    scratch_write("policy/include/one", "# first\ns * work web allow\n");
    scratch_write("policy/dir/20.policy", "s * work dvm deny\n");
    scratch_write("policy/dir/10.policy", "s * work dvm allow\n!include include/two");
    scratch_write("policy/include/two", "s * work deb allow");
    CHECK_TEXT(decide("s", "work", "vault"), "deny notify @1");
    CHECK_TEXT(decide("s", "work", "web"), "allow web @2");
    CHECK_TEXT(decide("s", "work", "dvm"), "allow dvm @1");
    CHECK_TEXT(decide("s", "work", "deb"), "allow deb @1");
    CHECK_TEXT(decide("s", "vault", "deb"), "deny notify @4");
    scratch_write("policy/include/two", "s * work deb allow\nbad");
    CHECK(strncmp(decide("s", "work", "web"), "damaged", 7) == 0);
    CHECK(strstr(decide("s", "work", "web"), "two:2: a rule is") != NULL);
}

static void includes_cannot_run_away(void)
{
    set_policy("* * * * allow\n!include loop\n");
    scratch_write("policy/loop", "!include loop\n");
    CHECK(strstr(decide("s", "work", "web"), "included more than 15 deep") != NULL);
    scratch_write("policy/loop", "!include-dir again\n");
    for (int i = 0; i < 40; i++) {
        char name[64];
        qubes_print(name, sizeof name, "policy/again/%02d.policy", i);
        scratch_write(name, i % 2 ? "!include wide\n" : "s * * * deny\n");
    }
    scratch_write("policy/wide", "s * * * deny\n!include-dir again2\n");
    CHECK(strstr(decide("s", "work", "web"), "no directory") != NULL);
    for (int i = 0; i < 40; i++) {
        char name[64];
        qubes_print(name, sizeof name, "policy/again2/%02d.policy", i);
        scratch_write(name, "!include wider\n");
    }
    scratch_write("policy/wider", "s * * * deny\n");
    CHECK(strstr(decide("s", "work", "web"), "more than 1024 files") != NULL);
    set_policy("!include nosuch\n");
    CHECK(strstr(decide("s", "work", "web"), "50-test.policy:1: no file") != NULL);
}

static void deciding_from_disk_reports_the_place(void)
{
    qubes_paths paths = scratch_paths();
    qubes_decision decision;
    qubes_error err;
    qubes_call call = {"s", "dom0", "web"};
    set_policy("* * * * allow\n\nnonsense\n");
    CHECK(qubes_policy_decide(&paths, &call, &decision, &err) == QUBES_E_DAMAGED);
    CHECK(decision.action == QUBES_DENY && decision.line == 3 && decision.notify);
    CHECK_TEXT(decision.file, scratch_path("policy/50-test.policy"));
    CHECK_TEXT(decision.reason, "a rule is SERVICE ARGUMENT SOURCE DESTINATION ACTION; found only: 'nonsense'");
    qubes_decision_clear(&decision);
    scratch_write("data/domains/web/domain.conf", "qubes-domain 9\n");
    CHECK(qubes_policy_decide(&paths, &call, &decision, &err) == QUBES_E_DAMAGED);
    CHECK(decision.action == QUBES_DENY && decision.line == 1);
    qubes_decision_clear(&decision);
}

int main(int argc, char **argv)
{
    scratch_begin(argc, argv);
    make_domains();
    nothing_is_allowed_without_a_rule();
    the_first_matching_rule_decides();
    tokens_cover_what_they_say();
    disposables_resolve_to_their_base();
    redirects_replace_the_callers_choice();
    asking_offers_only_what_the_policy_would_not_deny();
    calls_that_make_no_sense_are_denied();
    a_mistake_anywhere_denies_everything();
    files_are_read_in_the_order_of_their_names();
    includes_stand_in_their_place();
    includes_cannot_run_away();
    deciding_from_disk_reports_the_place();
    return test_report("policy");
}
