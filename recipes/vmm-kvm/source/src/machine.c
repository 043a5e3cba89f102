/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of virsh and qemu-img. Arguments are arrays, and XML goes through standard input. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "identity.h"

static qubes_status run_virsh(const host *on, const settings *how, const char *verb, const char *argument,
                              const char *input, char **output, qubes_error *err)
{
    const char *argv[] = {"virsh", "--quiet", "--connect", how->uri, verb, argument, NULL};
    return on->run(on->context, argv, input, output, err);
}

qubes_status machine_check(const host *on, const settings *how, qubes_error *err)
{
    qubes_status status = run_virsh(on, how, "version", "--daemon", "", NULL, err);
    if (status == KVM_REFUSED)
        status = err->status = KVM_ABSENT;
    return status;
}

qubes_status machine_each(const host *on, const settings *how, machine_visit *visit, void *context,
                          qubes_error *err)
{
    char *list = NULL;
    qubes_status status = run_virsh(on, how, "list", "--uuid", "", &list, err);
    if (status != QUBES_OK)
        return status;
    for (const char *line = list; *line;) {
        uint32_t domain;
        size_t length = strcspn(line, "\n");
        if (identity_is_machine(line, length, &domain))
            visit(context, domain);
        line += length + (line[length] == '\n');
    }
    free(list);
    return QUBES_OK;
}

static qubes_status make_disk(const host *on, const plan_disk *disk, qubes_error *err)
{
    const char *over[] = {"qemu-img", "create", "-q",          "-f", "qcow2",    "-b", disk->parent,
                          "-F",       disk->parent_format, "--", disk->path, NULL};
    const char *blank[] = {"qemu-img", "create", "-q", "-f", "qcow2", "--", disk->path, PLAN_PRIVATE_SIZE, NULL};
    if (on->exists(on->context, disk->path)) {
        if (disk->keep)
            return QUBES_OK;
        qubes_status status = on->remove_file(on->context, disk->path, err);
        if (status != QUBES_OK)
            return status;
    }
    return on->run(on->context, disk->parent[0] ? over : blank, "", NULL, err);
}

static qubes_status out_of_memory(qubes_error *err)
{
    snprintf(err->text, sizeof err->text, "out of memory, or a path has a control character");
    return err->status = QUBES_E_SYSTEM;
}

/* Gives libvirt a document, as a file that only this process has. */
static qubes_status create_from(const host *on, const char *const *argv, xml *document, qubes_error *err)
{
    qubes_status status =
        document->failed ? out_of_memory(err) : on->run(on->context, argv, document->text, NULL, err);
    xml_free(document);
    return status;
}

static bool has_line(const char *text, const char *line)
{
    size_t wanted = strlen(line);
    while (*text) {
        size_t length = strcspn(text, " \n");
        if (length == wanted && strncmp(text, line, length) == 0)
            return true;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return false;
}

/* The domain's own network; one that a crash left behind is kept, because others may be on it. */
static qubes_status make_network(const host *on, const settings *how, const plan *from, qubes_error *err)
{
    const char *argv[] = {"virsh", "--quiet", "--connect", how->uri, "net-create", "/dev/stdin", NULL};
    char name[IDENTITY_NAME], *list = NULL;
    xml document;
    if (!from->domain.provides_network)
        return QUBES_OK;
    qubes_status status = run_virsh(on, how, "net-list", "--name", "", &list, err);
    if (status != QUBES_OK)
        return status;
    identity_network(from->domain.id, name);
    bool there = has_line(list, name);
    free(list);
    if (there)
        return QUBES_OK;
    document_network(from->domain.id, &document);
    return create_from(on, argv, &document, err);
}

qubes_status machine_make(const host *on, const settings *how, const plan *from, qubes_error *err)
{
    /* --reset-nvram: what a guest wrote into its firmware's variables is not there at its next boot. */
    const char *argv[] = {"virsh",      "--quiet",    "--connect",     how->uri, "create",
                          "--validate", "--reset-nvram", "/dev/stdin", NULL};
    xml document;
    qubes_status status = QUBES_OK;
    for (size_t i = 0; i < from->disk_count && status == QUBES_OK; i++)
        status = make_disk(on, &from->disks[i], err);
    if (status == QUBES_OK)
        status = make_network(on, how, from, err);
    if (status != QUBES_OK)
        return status;
    document_machine(from, how, &document);
    return create_from(on, argv, &document, err);
}

qubes_status machine_shutdown(const host *on, const settings *how, uint32_t domain, qubes_error *err)
{
    char uuid[IDENTITY_UUID];
    identity_machine(domain, uuid);
    return run_virsh(on, how, "shutdown", uuid, "", NULL, err);
}

qubes_status machine_destroy(const host *on, const settings *how, uint32_t domain, qubes_error *err)
{
    char uuid[IDENTITY_UUID];
    identity_machine(domain, uuid);
    return run_virsh(on, how, "destroy", uuid, "", NULL, err);
}

void machine_clean_up(const host *on, const settings *how, const plan *from)
{
    char network[IDENTITY_NAME];
    qubes_error ignored;
    if (from->domain.provides_network) {
        identity_network(from->domain.id, network);
        run_virsh(on, how, "net-destroy", network, "", NULL, &ignored);
    }
    /* A disposable's traces are its whole point. */
    on->remove_file(on->context, from->firmware, &ignored);
    for (size_t i = 0; i < from->disk_count; i++)
        if (!from->disks[i].keep)
            on->remove_file(on->context, from->disks[i].path, &ignored);
}
