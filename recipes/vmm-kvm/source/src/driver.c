/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's verbs. */
#include "driver.h"

#include <stdio.h>

#include "document.h"
#include "machine.h"
#include "plan.h"

#define SHUTDOWN_SECONDS 90 /* then the power is cut; qubes-admin waits 180 */

/* Which domain's machine to look for, and whether it was among the running ones. */
typedef struct search {
    uint32_t domain;
    bool found;
} search;

static void look_for(void *context, uint32_t domain)
{
    search *what = context;
    what->found |= domain == what->domain;
}

static qubes_status is_running(const host *on, const settings *how, uint32_t domain, bool *running,
                               qubes_error *err)
{
    search what = {domain, false};
    qubes_status status = machine_each(on, how, look_for, &what, err);
    *running = what.found;
    return status;
}

static qubes_status load_plan(const host *on, const qubes_paths *paths, const char *name, bool for_stop, plan *out,
                              qubes_error *err)
{
    qubes_domain_list domains;
    qubes_status status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    status = for_stop ? plan_make_for_stop(paths, &domains, name, on->exists, on->context, out, err)
                      : plan_make(paths, &domains, name, on->exists, on->context, out, err);
    qubes_domain_list_free(&domains);
    return status;
}

qubes_status driver_start(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                          qubes_error *err)
{
    plan made;
    bool running = false;
    qubes_status status = machine_check(on, how, err);
    if (status == QUBES_OK)
        status = load_plan(on, paths, name, false, &made, err);
    if (status == QUBES_OK)
        status = is_running(on, how, made.domain.id, &running, err);
    if (status != QUBES_OK || running)
        return status;
    status = machine_make(on, how, &made, err);
    if (status != QUBES_OK)
        machine_clean_up(on, how, &made);
    return status;
}

/* Asks the guest to end, and after a while does not ask. */
static qubes_status end(const host *on, const settings *how, uint32_t domain, qubes_error *err)
{
    bool running = true;
    qubes_error ignored;
    unsigned seconds = machine_shutdown(on, how, domain, &ignored) == QUBES_OK ? SHUTDOWN_SECONDS : 0;
    for (; running && seconds > 0; seconds--) {
        on->wait_a_second(on->context);
        qubes_status status = is_running(on, how, domain, &running, err);
        if (status != QUBES_OK)
            return status;
    }
    if (!running || machine_destroy(on, how, domain, err) == QUBES_OK)
        return QUBES_OK;
    /* It may have ended by itself in between. */
    return is_running(on, how, domain, &running, &ignored) == QUBES_OK && !running ? QUBES_OK : err->status;
}

qubes_status driver_stop(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                         qubes_error *err)
{
    plan made;
    bool running = false;
    qubes_status status = machine_check(on, how, err);
    if (status == QUBES_OK)
        status = load_plan(on, paths, name, true, &made, err);
    if (status == QUBES_OK)
        status = is_running(on, how, made.domain.id, &running, err);
    if (status == QUBES_OK && running)
        status = end(on, how, made.domain.id, err);
    if (status == QUBES_OK)
        machine_clean_up(on, how, &made);
    return status;
}

typedef struct listing {
    const qubes_domain_list *domains;
    driver_visit *visit;
    void *context;
} listing;

static void visit_running(void *context, uint32_t id)
{
    const listing *what = context;
    const qubes_domain *domain = qubes_domain_find_id(what->domains, id);
    if (domain && domain->cls != QUBES_CLASS_ADMIN)
        what->visit(what->context, domain->name);
}

qubes_status driver_list(const host *on, const settings *how, const qubes_paths *paths, driver_visit *visit,
                         void *context, qubes_error *err)
{
    qubes_domain_list domains;
    qubes_status status = machine_check(on, how, err);
    if (status == QUBES_OK)
        status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    listing what = {&domains, visit, context};
    status = machine_each(on, how, visit_running, &what, err);
    qubes_domain_list_free(&domains);
    return status;
}

qubes_status driver_document(const host *on, const settings *how, const qubes_paths *paths, const char *name,
                             char **document, qubes_error *err)
{
    plan made;
    xml out;
    qubes_status status = load_plan(on, paths, name, false, &made, err);
    if (status != QUBES_OK)
        return status;
    document_machine(&made, how, &out);
    if (out.failed) {
        xml_free(&out);
        snprintf(err->text, sizeof err->text, "out of memory, or a path has a control character");
        return err->status = QUBES_E_SYSTEM;
    }
    *document = out.text;
    return QUBES_OK;
}
