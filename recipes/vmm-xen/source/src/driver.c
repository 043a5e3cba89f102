/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's verbs, over the port of Xen. A domain's number in Xen is its id in domain.conf. */
#include "driver.h"

#include <stdio.h>
#include <string.h>

#include "machine.h"

/* core-admin gives a start 300 s and a stop 180 s. */
#define AGENT_MS 200000    /* for a guest to come up; it runs all the same when it takes longer */
#define SHUTDOWN_MS 90000  /* for a guest to end by itself */
#define DYING_MS 30000     /* for others to let go of a dead domain's memory, as the qrexec daemon does */
#define MOMENT_MS 250      /* between looks at what somebody waits for … */
#define WATCH_MS 2000      /* … and at what nobody does */
#define CHOICE_SIZE 4096

static qubes_status fail(qubes_error *err, qubes_status status, const char *name, const char *text)
{
    snprintf(err->text, sizeof err->text, "%.64s: %.400s", name, text);
    return err->status = status;
}

static qubes_status read_choice(const xen *on, const qubes_paths *paths, const char *name, plan_choice *out,
                                qubes_error *err)
{
    char directory[QUBES_PATH_MAX], path[QUBES_PATH_MAX + 16], text[CHOICE_SIZE];
    qubes_status status = qubes_domain_directory(paths, name, directory, sizeof directory, err);
    if (status != QUBES_OK)
        return status;
    snprintf(path, sizeof path, "%s/xen.conf", directory);
    status = on->read_text(on->context, path, text, sizeof text, err);
    if (status == QUBES_E_NOT_FOUND)
        return plan_read_choice(NULL, out, err);
    return status == QUBES_OK ? plan_read_choice(text, out, err) : status;
}

qubes_status driver_plan(const xen *on, const qubes_paths *paths, const char *name, plan *out, qubes_error *err)
{
    qubes_domain_list domains;
    plan_choice choice;
    if (!qubes_name_is_valid(name) && strcmp(name, QUBES_ADMIN_DOMAIN) != 0)
        return fail(err, QUBES_E_NOT_FOUND, name, "no domain has such a name");
    qubes_status status = read_choice(on, paths, name, &choice, err);
    if (status == QUBES_OK)
        status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    if (!choice.pvh && !on->has_pvh(on->context))
        choice.pv = true;
    status = plan_make(paths, &domains, name, &choice, on->exists, on->context, out, err);
    qubes_domain_list_free(&domains);
    return status;
}

/* One domain that the driver works on, with its lock. */
typedef struct work {
    qubes_domain domain;
    char directory[QUBES_PATH_MAX];
    int lock;
} work;

static qubes_status begin(const xen *on, const qubes_paths *paths, const char *name, work *out, qubes_error *err)
{
    qubes_status status = qubes_domain_load(paths, name, &out->domain, err);
    if (status == QUBES_OK && out->domain.cls == QUBES_CLASS_ADMIN)
        status = fail(err, QUBES_E_INVALID, name, "the admin domain is neither started nor stopped");
    if (status == QUBES_OK)
        status = qubes_domain_directory(paths, name, out->directory, sizeof out->directory, err);
    return status == QUBES_OK ? on->lock(on->context, out->directory, &out->lock, err) : status;
}

static void end(const xen *on, work *what)
{
    on->unlock(on->context, what->lock);
}

/* Waits for a state other than `old` for at most `most_ms`; *state has the last one. */
static qubes_status wait_while(const xen *on, uint32_t domain, xen_state old, unsigned most_ms, xen_state *state,
                               qubes_error *err)
{
    xen_instance instance;
    unsigned long long end = on->now(on->context) + most_ms;
    for (;;) {
        qubes_status status = on->state(on->context, domain, state, &instance, err);
        if (status != QUBES_OK || *state != old || on->now(on->context) >= end)
            return status;
        on->wait(on->context, MOMENT_MS);
    }
}

/* Nothing runs, and no block device is left. Xen keeps the number until nobody has memory of the domain mapped. */
static qubes_status take_away(const xen *on, const work *what, qubes_error *err)
{
    qubes_status status = on->destroy(on->context, what->domain.id, err);
    return status == QUBES_OK ? machine_clean_up(on, &what->domain, what->directory, err) : status;
}

static qubes_status await_number(const xen *on, const work *what, qubes_error *err)
{
    xen_state state;
    qubes_status status = wait_while(on, what->domain.id, XEN_DYING, DYING_MS, &state, err);
    if (status == QUBES_OK && state == XEN_DYING)
        return fail(err, XEN_FAILED, what->domain.name, "a program still has memory of its last run mapped");
    return status;
}

/* Until the guest's agent can be called; a guest without one, or a slow one, runs all the same. */
static qubes_status await_agent(const xen *on, const char *name, uint32_t domain, qubes_error *err)
{
    unsigned long long end = on->now(on->context) + AGENT_MS;
    for (; on->now(on->context) < end; on->wait(on->context, MOMENT_MS)) {
        xen_state state;
        xen_instance instance;
        if (on->has_agent(on->context, domain))
            return QUBES_OK;
        qubes_status status = on->state(on->context, domain, &state, &instance, err);
        if (status != QUBES_OK)
            return status;
        if (state != XEN_RUNNING)
            return fail(err, XEN_FAILED, name, "it ended while it started; its console's log says why");
    }
    return QUBES_OK;
}

static qubes_status start(const xen *on, const qubes_paths *paths, work *what, qubes_error *err)
{
    plan made;
    xen_state state;
    xen_instance instance;
    qubes_error ignored;
    uint32_t id = what->domain.id;
    qubes_status status = on->state(on->context, id, &state, &instance, err);
    if (status != QUBES_OK || state == XEN_RUNNING)
        return status;
    status = take_away(on, what, err); /* of a start or stop that was cut short */
    if (status == QUBES_OK)
        status = await_number(on, what, err);
    if (status == QUBES_OK)
        status = driver_plan(on, paths, what->domain.name, &made, err);
    if (status == QUBES_OK)
        status = machine_make(on, &made, &instance, err);
    if (status != QUBES_OK)
        return status;
    status = on->watch(on->context, what->domain.name, &instance, err);
    if (status == QUBES_OK)
        status = await_agent(on, what->domain.name, id, err);
    if (status != QUBES_OK)
        take_away(on, what, &ignored);
    return status;
}

qubes_status driver_start(const xen *on, const qubes_paths *paths, const char *name, qubes_error *err)
{
    work what;
    qubes_status status = on->check(on->context, err);
    if (status == QUBES_OK)
        status = begin(on, paths, name, &what, err);
    if (status != QUBES_OK)
        return status;
    status = start(on, paths, &what, err);
    end(on, &what);
    return status;
}

qubes_status driver_stop(const xen *on, const qubes_paths *paths, const char *name, qubes_error *err)
{
    work what;
    xen_state state;
    xen_instance instance;
    qubes_error ignored;
    qubes_status status = on->check(on->context, err);
    if (status == QUBES_OK)
        status = begin(on, paths, name, &what, err);
    if (status != QUBES_OK)
        return status;
    status = on->state(on->context, what.domain.id, &state, &instance, err);
    if (status == QUBES_OK && state == XEN_RUNNING &&
        on->ask_to_shut_down(on->context, what.domain.id, &ignored) == QUBES_OK)
        status = wait_while(on, what.domain.id, XEN_RUNNING, SHUTDOWN_MS, &state, err);
    if (status == QUBES_OK)
        status = take_away(on, &what, err); /* by force when it is still there */
    end(on, &what);
    return status;
}

/* ---- What runs ---- */

typedef struct listing {
    const qubes_domain_list *domains;
    driver_visit *visit;
    void *context;
} listing;

static void visit_running(void *to, uint32_t number, const char *name)
{
    const listing *what = to;
    const qubes_domain *domain = qubes_domain_find_id(what->domains, number);
    /* Another machine of Xen may have taken a number that is free. */
    if (domain && domain->cls != QUBES_CLASS_ADMIN && strcmp(domain->name, name) == 0)
        what->visit(what->context, domain->name);
}

qubes_status driver_list(const xen *on, const qubes_paths *paths, driver_visit *visit, void *context, qubes_error *err)
{
    qubes_domain_list domains;
    qubes_status status = on->check(on->context, err);
    if (status == QUBES_OK)
        status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    listing what = {&domains, visit, context};
    status = on->each(on->context, visit_running, &what, err);
    qubes_domain_list_free(&domains);
    return status;
}

qubes_status driver_watch(const xen *on, const qubes_paths *paths, const char *name, const xen_instance *instance,
                          qubes_error *err)
{
    work what;
    xen_state state = XEN_NOT_THERE;
    xen_instance now;
    qubes_domain domain;
    qubes_status status = qubes_domain_load(paths, name, &domain, err);
    while (status == QUBES_OK) {
        status = on->state(on->context, domain.id, &state, &now, err);
        if (status != QUBES_OK || state != XEN_RUNNING || memcmp(&now, instance, sizeof now) != 0)
            break;
        on->wait(on->context, WATCH_MS);
    }
    if (status == QUBES_OK)
        status = begin(on, paths, name, &what, err);
    if (status != QUBES_OK)
        return status;
    /* Who stops the domain may have been quicker, and a new instance may run already. */
    status = on->state(on->context, domain.id, &state, &now, err);
    if (status == QUBES_OK && state != XEN_NOT_THERE && memcmp(&now, instance, sizeof now) == 0)
        status = take_away(on, &what, err);
    end(on, &what);
    return status == QUBES_OK ? qubes_vmm_refresh(paths, err) : status;
}
