/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which daemons run, over a twin of the system that notes what is asked of it. */
#include "daemons.h"

#include "test.h"

static struct daemons all;
static qubes_domain domains[3];
static qubes_domain_list list = {3, domains};
static char notes[256];
static long next_pid;

static long start(void *context, const qubes_domain *domain)
{
    (void)context;
    snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "+%s ", domain->name);
    return next_pid < 0 ? -1 : ++next_pid;
}

static void end(void *context, long pid)
{
    (void)context;
    snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "-%ld ", pid);
}

static const struct daemons_ops twin = {start, end, NULL};

/* The admin domain, which runs always, and two domains that are halted. Pids begin with 1. */
static void begin(void)
{
    static const qubes_domain given[3] = {
        {.name = "dom0", .id = 0, .cls = QUBES_CLASS_ADMIN, .state = QUBES_STATE_RUNNING},
        {.name = "mail", .id = 4, .cls = QUBES_CLASS_APP},
        {.name = "work", .id = QUBES_ID_MAX, .cls = QUBES_CLASS_DISP},
    };
    memset(&all, 0, sizeof all);
    memcpy(domains, given, sizeof domains);
    notes[0] = '\0';
    next_pid = 0;
    list.count = 3;
}

static const char *update(long long now)
{
    notes[0] = '\0';
    daemons_update(&all, &list, now, &twin);
    return notes;
}

static void a_domain_that_runs_has_one(void)
{
    begin();
    CHECK_TEXT(update(0), "");
    domains[1].state = QUBES_STATE_STARTING;
    CHECK_TEXT(update(1), "");
    domains[1].state = domains[2].state = QUBES_STATE_RUNNING;
    CHECK_TEXT(update(2), "+mail +work ");
    CHECK_TEXT(update(3), "");
}

static void it_ends_with_its_domain(void)
{
    begin();
    domains[1].state = domains[2].state = QUBES_STATE_RUNNING;
    update(0);
    domains[1].state = QUBES_STATE_STOPPING;
    CHECK_TEXT(update(1), "-1 ");
    domains[1].state = QUBES_STATE_HALTED;
    CHECK_TEXT(update(2), ""); /* asked once */
    list.count = 2;            /* the other one was removed */
    CHECK_TEXT(update(3), "-2 ");
}

static void the_next_one_waits_for_the_last(void)
{
    begin();
    domains[1].state = QUBES_STATE_RUNNING;
    update(0);
    domains[1].state = QUBES_STATE_HALTED;
    CHECK_TEXT(update(1), "-1 ");
    domains[1].state = QUBES_STATE_RUNNING;
    CHECK_TEXT(update(90000), "");
    daemons_ended(&all, 1, -1, 90001);
    CHECK_TEXT(update(90002), "");
    CHECK_TEXT(update(90001 + DAEMON_AGAIN_MS), "+mail ");
}

static void it_comes_again_after_a_while(void)
{
    begin();
    domains[1].state = QUBES_STATE_RUNNING;
    update(0);
    daemons_ended(&all, 1, 1, 1000); /* no agent offered anything */
    CHECK_TEXT(update(1000 + DAEMON_AGAIN_MS - 1), "");
    CHECK_TEXT(update(1000 + DAEMON_AGAIN_MS), "+mail ");
    daemons_ended(&all, 7, 0, 2000); /* of nobody */
    CHECK_TEXT(update(90000), "");
}

static void a_domain_that_misbehaved_has_none_until_it_is_started_again(void)
{
    begin();
    domains[1].state = QUBES_STATE_RUNNING;
    update(0);
    daemons_ended(&all, 1, DAEMON_MISBEHAVED, 1000);
    CHECK_TEXT(update(90000), "");
    domains[1].state = QUBES_STATE_HALTED;
    CHECK_TEXT(update(90001), "");
    domains[1].state = QUBES_STATE_RUNNING;
    CHECK_TEXT(update(90002), "+mail ");
}

static void what_cannot_be_started_is_tried_again(void)
{
    begin();
    domains[1].state = QUBES_STATE_RUNNING;
    next_pid = -1;
    CHECK_TEXT(update(0), "+mail ");
    CHECK_TEXT(update(DAEMON_AGAIN_MS - 1), "");
    CHECK_TEXT(update(DAEMON_AGAIN_MS), "+mail ");
    domains[1].state = QUBES_STATE_HALTED;
    CHECK_TEXT(update(DAEMON_AGAIN_MS + 1), "");
}

int main(void)
{
    a_domain_that_runs_has_one();
    it_ends_with_its_domain();
    the_next_one_waits_for_the_last();
    it_comes_again_after_a_while();
    a_domain_that_misbehaved_has_none_until_it_is_started_again();
    what_cannot_be_started_is_tried_again();
    return test_report("test-daemons");
}
