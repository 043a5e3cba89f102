/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a planned machine with its disks and network, and taking them away again, over the port of Hyper-V. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "identity.h"

qubes_status machine_no_memory(qubes_error *err)
{
    snprintf(err->text, sizeof err->text, "out of memory");
    return err->status = QUBES_E_SYSTEM;
}

qubes_status machine_each(const hyperv *on, const char *property, json_visit *visit, void *context, qubes_error *err)
{
    json_writer query;
    char *answer = NULL;
    document_query(&query);
    qubes_status status = query.failed ? machine_no_memory(err) : on->list_machines(on->context, query.text, &answer, err);
    json_free(&query);
    if (status != QUBES_OK)
        return status;
    if (!json_read_pairs(answer, strlen(answer), "Id", property, visit, context)) {
        snprintf(err->text, sizeof err->text, "Hyper-V's list of machines cannot be understood");
        status = err->status = HYPERV_FAILED;
    }
    free(answer);
    return status;
}

/* Whether a machine's run-time id, by which sockets reach it, is the id that we gave it. */
typedef struct reach {
    uint32_t domain;
    bool differs;
} reach;

static void compare_runtime_id(void *context, const char *id, const char *runtime_id)
{
    reach *what = context;
    uint32_t domain, actual;
    if (identity_is_machine(id, &domain) && domain == what->domain && *runtime_id)
        what->differs = !identity_is_machine(runtime_id, &actual) || actual != domain;
}

/* It is where the id is a GUID; should a Windows do otherwise, a clear word beats a silent domain. */
static qubes_status check_reachable(const hyperv *on, uint32_t domain, qubes_error *err)
{
    reach what = {domain, false};
    qubes_status status = machine_each(on, "RuntimeId", compare_runtime_id, &what, err);
    if (status != QUBES_OK || !what.differs)
        return status;
    snprintf(err->text, sizeof err->text, "Hyper-V gave the machine an id of its own: no service could reach it");
    return err->status = HYPERV_FAILED;
}

static qubes_status make_disks(const hyperv *on, const plan *from, qubes_error *err)
{
    qubes_status status = QUBES_OK;
    for (size_t i = 0; i < from->disk_count && status == QUBES_OK; i++) {
        const plan_disk *disk = &from->disks[i];
        bool there = on->exists(on->context, disk->path);
        if (there && disk->keep)
            continue;
        if (there)
            status = on->remove_file(on->context, disk->path, err);
        if (status == QUBES_OK)
            status = on->create_disk(on->context, disk->path, disk->parent, disk->bytes, err);
    }
    return status;
}

/* What is made anew at each start is not left lying about: a disposable's traces are its whole point. */
static void remove_volatile_disks(const hyperv *on, const plan *from)
{
    qubes_error ignored;
    for (size_t i = 0; i < from->disk_count; i++)
        if (!from->disks[i].keep)
            on->remove_file(on->context, from->disks[i].path, &ignored);
}

static qubes_status grant_disks(const hyperv *on, const plan *from, const char *machine, qubes_error *err)
{
    qubes_status status = QUBES_OK;
    for (size_t i = 0; i < from->disk_count && status == QUBES_OK; i++)
        status = on->grant_access(on->context, machine, from->disks[i].path, err);
    for (size_t i = 0; i < from->parent_count && status == QUBES_OK; i++)
        status = on->grant_access(on->context, machine, from->parents[i], err);
    return status;
}

static qubes_status make_endpoint(const hyperv *on, const plan *from, document_end end, qubes_error *err)
{
    char network[IDENTITY_TEXT] = IDENTITY_DEFAULT_SWITCH, id[IDENTITY_TEXT];
    json_writer document;
    if (end != END_UPLINK)
        identity_link(from->domain.id, network);
    if (end == END_CLIENT)
        identity_client_end(from->domain.id, id);
    else if (end == END_NETVM)
        identity_netvm_end(from->domain.id, id);
    else
        identity_uplink_end(from->domain.id, id);
    document_endpoint(from, end, &document);
    qubes_status status = document.failed ? machine_no_memory(err)
                                          : on->create_endpoint(on->context, network, id, document.text, err);
    json_free(&document);
    return status;
}

/* A network of its own between each domain and its netvm: neighbours cannot see each other. */
static qubes_status make_network(const hyperv *on, const plan *from, qubes_error *err)
{
    char link[IDENTITY_TEXT];
    json_writer document;
    if (from->has_uplink)
        return make_endpoint(on, from, END_UPLINK, err);
    if (!from->has_netvm)
        return QUBES_OK;
    identity_link(from->domain.id, link);
    document_link(from, &document);
    qubes_status status = document.failed ? machine_no_memory(err)
                                          : on->create_network(on->context, link, document.text, err);
    json_free(&document);
    if (status == QUBES_OK)
        status = make_endpoint(on, from, END_CLIENT, err);
    return status == QUBES_OK ? make_endpoint(on, from, END_NETVM, err) : status;
}

static qubes_status plug(const hyperv *on, const plan *from, bool in, qubes_error *err)
{
    char netvm[IDENTITY_TEXT];
    json_writer document;
    if (!from->has_netvm)
        return QUBES_OK;
    identity_machine(from->netvm.id, netvm);
    document_plug(from, in, &document);
    qubes_status status = document.failed ? machine_no_memory(err)
                                          : on->modify_machine(on->context, netvm, document.text, err);
    json_free(&document);
    return status;
}

void machine_clean_up(const hyperv *on, const plan *from)
{
    char id[IDENTITY_TEXT];
    qubes_error ignored;
    if (from->has_netvm) {
        plug(on, from, false, &ignored);
        identity_netvm_end(from->domain.id, id);
        on->delete_endpoint(on->context, id, &ignored);
        identity_client_end(from->domain.id, id);
        on->delete_endpoint(on->context, id, &ignored);
        identity_link(from->domain.id, id);
        on->delete_network(on->context, id, &ignored);
    }
    if (from->has_uplink) {
        identity_uplink_end(from->domain.id, id);
        on->delete_endpoint(on->context, id, &ignored);
    }
    remove_volatile_disks(on, from);
}

static qubes_status create(const hyperv *on, const plan *from, const char *machine, qubes_error *err)
{
    json_writer document;
    document_machine(from, document_schema_minor(on->windows_build(on->context)), &document);
    qubes_status status = document.failed ? machine_no_memory(err)
                                          : on->create_machine(on->context, machine, document.text, err);
    json_free(&document);
    if (status == QUBES_OK)
        status = grant_disks(on, from, machine, err);
    if (status == QUBES_OK)
        status = plug(on, from, true, err);
    if (status == QUBES_OK)
        status = check_reachable(on, from->domain.id, err);
    return status == QUBES_OK ? on->start_machine(on->context, machine, err) : status;
}

qubes_status machine_make(const hyperv *on, const plan *from, qubes_error *err)
{
    char machine[IDENTITY_TEXT];
    identity_machine(from->domain.id, machine);
    qubes_status status = make_disks(on, from, err);
    if (status == QUBES_OK)
        status = make_network(on, from, err);
    return status == QUBES_OK ? create(on, from, machine, err) : status;
}
