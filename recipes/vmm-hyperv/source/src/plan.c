/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain's machine consists of. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#define SEPARATOR "\\"
#else
#define SEPARATOR "/"
#endif

static qubes_status fail(qubes_error *err, qubes_status status, const char *text, const char *about)
{
    snprintf(err->text, sizeof err->text, "%.200s: %.250s", about, text);
    err->status = status;
    return status;
}

static qubes_status disk_path(const qubes_paths *paths, const char *domain, const char *file, char *out,
                              qubes_error *err)
{
    char directory[QUBES_PATH_MAX];
    qubes_status status = qubes_domain_directory(paths, domain, directory, sizeof directory, err);
    if (status != QUBES_OK)
        return status;
    int length = snprintf(out, QUBES_PATH_MAX, "%s" SEPARATOR "%s", directory, file);
    return length > 0 && length < QUBES_PATH_MAX ? QUBES_OK : fail(err, QUBES_E_SYSTEM, "path too long", directory);
}

static bool is_vhdx(const char *path)
{
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".vhdx") == 0;
}

static void add_parent(plan *out, const char *path)
{
    for (size_t i = 0; i < out->parent_count; i++)
        if (strcmp(out->parents[i], path) == 0)
            return;
    if (out->parent_count < PLAN_PARENTS_MAX)
        memcpy(out->parents[out->parent_count++], path, strlen(path) + 1);
}

static plan_disk *add_disk(plan *out, const char *path, const char *parent, bool keep)
{
    plan_disk *disk = &out->disks[out->disk_count++];
    memcpy(disk->path, path, strlen(path) + 1);
    memcpy(disk->parent, parent, strlen(parent) + 1);
    disk->keep = keep;
    if (parent[0])
        add_parent(out, parent);
    return disk;
}

/* The template whose root disk an AppVM (through its AppVM, a disposable) boots a copy of. */
static const qubes_domain *root_template(const qubes_domain_list *domains, const qubes_domain *domain)
{
    const qubes_domain *from = domain;
    for (int steps = 0; from && from->template_name[0] && steps < 3; steps++)
        from = qubes_domain_find(domains, from->template_name);
    return from;
}

/* While a template runs its root disk changes under everything that is layered over it. */
static qubes_status check_exclusive(const qubes_domain_list *domains, const qubes_domain *domain, qubes_error *err)
{
    const qubes_domain *base = root_template(domains, domain);
    for (size_t i = 0; i < domains->count; i++) {
        const qubes_domain *other = &domains->items[i];
        if (other == domain || other->state == QUBES_STATE_HALTED || other->cls == QUBES_CLASS_ADMIN)
            continue;
        if (domain->cls == QUBES_CLASS_TEMPLATE && root_template(domains, other) == domain)
            return fail(err, QUBES_E_IN_USE, "runs and boots from this template: stop it first", other->name);
        if (domain->cls != QUBES_CLASS_TEMPLATE && other == base)
            return fail(err, QUBES_E_IN_USE, "is this domain's template and runs: stop it first", other->name);
        bool private_base = domain->cls == QUBES_CLASS_DISP && strcmp(domain->template_name, other->name) == 0;
        bool private_user = other->cls == QUBES_CLASS_DISP && strcmp(other->template_name, domain->name) == 0;
        if (private_base || private_user)
            return fail(err, QUBES_E_IN_USE, "shares its private disk and runs: stop it first", other->name);
    }
    return QUBES_OK;
}

/* A template and a standalone domain keep their root; all others get a fresh layer over the template's. */
static qubes_status plan_root(const qubes_paths *paths, const qubes_domain_list *domains, plan_exists *exists,
                              void *context, plan *out, qubes_error *err)
{
    char own[QUBES_PATH_MAX], base[QUBES_PATH_MAX], image[QUBES_PATH_MAX] = "";
    const qubes_domain *domain = &out->domain;
    bool keeps = domain->cls == QUBES_CLASS_TEMPLATE || domain->cls == QUBES_CLASS_STANDALONE;
    const qubes_domain *from = keeps ? domain : root_template(domains, domain);
    qubes_status status = disk_path(paths, domain->name, "root.vhdx", own, err);
    if (status == QUBES_OK)
        status = disk_path(paths, from ? from->name : domain->name, "root.vhdx", base, err);
    if (status == QUBES_OK)
        status = qubes_domain_root_image(paths, domains, domain, image, sizeof image, err);
    if (status == QUBES_E_NOT_FOUND && exists(context, base)) {
        if (keeps)
            add_disk(out, own, "", true); /* brought along by the person, without a registered image */
        else
            add_disk(out, own, base, false);
        return QUBES_OK;
    }
    if (status != QUBES_OK)
        return status;
    if (!is_vhdx(image))
        return fail(err, QUBES_E_INVALID, "Hyper-V boots only a .vhdx image", image);
    if (!exists(context, image))
        return fail(err, QUBES_E_NOT_FOUND, "the root image is gone: register its template again", image);
    if (keeps) {
        add_disk(out, own, image, true);
    } else if (exists(context, base)) {
        add_disk(out, own, base, false);
        add_parent(out, image);
    } else {
        add_disk(out, own, image, false);
    }
    return QUBES_OK;
}

/* The home of an AppVM is kept; that of a disposable is a fresh layer over its AppVM's. */
static qubes_status plan_private(const qubes_paths *paths, plan_exists *exists, void *context, plan *out,
                                 qubes_error *err)
{
    char own[QUBES_PATH_MAX], base[QUBES_PATH_MAX];
    const qubes_domain *domain = &out->domain;
    if (domain->cls != QUBES_CLASS_APP && domain->cls != QUBES_CLASS_DISP)
        return QUBES_OK;
    qubes_status status = disk_path(paths, domain->name, "private.vhdx", own, err);
    if (status == QUBES_OK && domain->cls == QUBES_CLASS_DISP)
        status = disk_path(paths, domain->template_name, "private.vhdx", base, err);
    if (status != QUBES_OK)
        return status;
    bool layered = domain->cls == QUBES_CLASS_DISP && exists(context, base);
    plan_disk *disk = add_disk(out, own, layered ? base : "", domain->cls == QUBES_CLASS_APP);
    disk->bytes = layered ? 0 : PLAN_PRIVATE_BYTES;
    return QUBES_OK;
}

static qubes_status plan_network(const qubes_domain_list *domains, plan *out, qubes_error *err)
{
    const qubes_domain *domain = &out->domain;
    out->has_uplink = domain->provides_network && !domain->netvm[0];
    if (!domain->netvm[0])
        return QUBES_OK;
    const qubes_domain *netvm = qubes_domain_find(domains, domain->netvm);
    if (!netvm || !netvm->provides_network)
        return fail(err, QUBES_E_INVALID, "is not a domain that provides network", domain->netvm);
    out->has_netvm = true;
    out->netvm = *netvm;
    return QUBES_OK;
}

qubes_status plan_make(const qubes_paths *paths, const qubes_domain_list *domains, const char *name,
                       plan_exists *exists, void *context, plan *out, qubes_error *err)
{
    memset(out, 0, sizeof *out);
    const qubes_domain *domain = qubes_domain_find(domains, name);
    if (!domain)
        return fail(err, QUBES_E_NOT_FOUND, "no such domain", name);
    if (domain->cls == QUBES_CLASS_ADMIN)
        return fail(err, QUBES_E_INVALID, "the admin domain is this Windows itself", name);
    out->domain = *domain;
    qubes_status status = check_exclusive(domains, domain, err);
    if (status == QUBES_OK)
        status = plan_network(domains, out, err);
    if (status == QUBES_OK)
        status = plan_root(paths, domains, exists, context, out, err);
    return status == QUBES_OK ? plan_private(paths, exists, context, out, err) : status;
}
