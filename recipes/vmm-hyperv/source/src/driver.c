/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's verbs, over the port of Hyper-V. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "identity.h"
#include "machine.h"
#include "plan.h"

#define SERVICE_PREFIX "Qubes vchan port "
#define SHUTDOWN_SECONDS 90 /* then the power is cut; qubes-admin waits 180 */

static qubes_status load_plan(const hyperv *on, const qubes_paths *paths, const char *name, plan *out,
                              qubes_error *err)
{
    qubes_domain_list domains;
    qubes_status status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    status = plan_make(paths, &domains, name, on->exists, on->context, out, err);
    qubes_domain_list_free(&domains);
    return status;
}

/* Which domain's machine to look for, and whether it was among the running ones. */
typedef struct search {
    uint32_t domain;
    bool found;
} search;

static bool counts_as_running(const char *state)
{
    return strcmp(state, "Running") == 0 || strcmp(state, "Paused") == 0;
}

static void look_for(void *context, const char *id, const char *state)
{
    search *what = context;
    uint32_t domain;
    if (counts_as_running(state) && identity_is_machine(id, &domain) && domain == what->domain)
        what->found = true;
}

static qubes_status is_running(const hyperv *on, uint32_t domain, bool *running, qubes_error *err)
{
    search what = {domain, false};
    qubes_status status = machine_each(on, "State", look_for, &what, err);
    *running = what.found;
    return status;
}

qubes_status driver_start(const hyperv *on, const qubes_paths *paths, const char *name, qubes_error *err)
{
    plan made;
    char machine[IDENTITY_TEXT];
    bool running = false;
    qubes_error ignored;
    qubes_status status = on->check(on->context, err);
    if (status == QUBES_OK)
        status = load_plan(on, paths, name, &made, err);
    if (status == QUBES_OK)
        status = is_running(on, made.domain.id, &running, err);
    if (status != QUBES_OK || running)
        return status;
    identity_machine(made.domain.id, machine);
    on->terminate_machine(on->context, machine, &ignored); /* created but never started, by a crash */
    machine_clean_up(on, &made);
    status = machine_make(on, &made, err);
    if (status != QUBES_OK) {
        on->terminate_machine(on->context, machine, &ignored);
        machine_clean_up(on, &made);
    }
    return status;
}

/* For a stop the state of others does not matter, and a lost image must not be in the way. */
static qubes_status load_plan_for_stop(const hyperv *on, const qubes_paths *paths, const char *name, plan *out,
                                       qubes_error *err)
{
    qubes_domain_list domains;
    qubes_status status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    for (size_t i = 0; i < domains.count; i++)
        domains.items[i].state = QUBES_STATE_HALTED;
    const qubes_domain *domain = qubes_domain_find(&domains, name);
    status = plan_make(paths, &domains, name, on->exists, on->context, out, err);
    if (status != QUBES_OK && domain && domain->cls != QUBES_CLASS_ADMIN) {
        out->domain = *domain; /* what is lost of the disks does not keep the machine from stopping */
        status = QUBES_OK;
    }
    qubes_domain_list_free(&domains);
    return status;
}

qubes_status driver_stop(const hyperv *on, const qubes_paths *paths, const char *name, qubes_error *err)
{
    plan made;
    char machine[IDENTITY_TEXT];
    bool running = false, off = false;
    qubes_error ignored;
    qubes_status status = on->check(on->context, err);
    if (status == QUBES_OK)
        status = load_plan_for_stop(on, paths, name, &made, err);
    if (status == QUBES_OK)
        status = is_running(on, made.domain.id, &running, err);
    if (status != QUBES_OK)
        return status;
    identity_machine(made.domain.id, machine);
    if (running && on->shutdown_machine(on->context, machine, SHUTDOWN_SECONDS, &off, &ignored) != QUBES_OK)
        off = false;
    if (!off) {
        status = on->terminate_machine(on->context, machine, err);
        if (status != QUBES_OK)
            return status;
    }
    machine_clean_up(on, &made);
    return QUBES_OK;
}

typedef struct listing {
    const qubes_domain_list *domains;
    driver_visit *visit;
    void *context;
} listing;

static void visit_running(void *context, const char *id, const char *state)
{
    const listing *what = context;
    uint32_t number;
    if (!counts_as_running(state) || !identity_is_machine(id, &number))
        return;
    const qubes_domain *domain = qubes_domain_find_id(what->domains, number);
    if (domain && domain->cls != QUBES_CLASS_ADMIN)
        what->visit(what->context, domain->name);
}

qubes_status driver_list(const hyperv *on, const qubes_paths *paths, driver_visit *visit, void *context,
                         qubes_error *err)
{
    qubes_domain_list domains;
    qubes_status status = on->check(on->context, err);
    if (status == QUBES_OK)
        status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    listing what = {&domains, visit, context};
    status = machine_each(on, "State", visit_running, &what, err);
    qubes_domain_list_free(&domains);
    return status;
}

qubes_status driver_document(const hyperv *on, const qubes_paths *paths, const char *name, char **document,
                             qubes_error *err)
{
    plan made;
    json_writer out;
    qubes_status status = load_plan(on, paths, name, &made, err);
    if (status != QUBES_OK)
        return status;
    document_machine(&made, document_schema_minor(on->windows_build(on->context)), &out);
    if (out.failed) {
        json_free(&out);
        return machine_no_memory(err);
    }
    *document = out.text;
    return QUBES_OK;
}

qubes_status driver_register(const hyperv *on, bool add, qubes_error *err)
{
    qubes_status status = QUBES_OK;
    if (!add) /* by name: another version may have registered other ports */
        return on->unregister_services(on->context, SERVICE_PREFIX, err);
    for (uint32_t port = PORT_QREXEC_FIRST; port <= PORT_QREXEC_LAST + 1 && status == QUBES_OK; port++) {
        uint32_t actual = port <= PORT_QREXEC_LAST ? port : PORT_GUI;
        char id[IDENTITY_TEXT], name[64];
        identity_service(actual, id);
        snprintf(name, sizeof name, SERVICE_PREFIX "%u", (unsigned)actual);
        status = on->register_service(on->context, id, name, err);
    }
    return status;
}
