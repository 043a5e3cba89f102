/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain's machine consists of. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

static qubes_status fail(qubes_error *err, qubes_status status, const char *about, const char *text)
{
    snprintf(err->text, sizeof err->text, "%.200s: %.250s", about, text);
    return err->status = status;
}

static qubes_status disk_path(const qubes_paths *paths, const char *domain, const char *file, char *out,
                              qubes_error *err)
{
    char directory[QUBES_PATH_MAX];
    qubes_status status = qubes_domain_directory(paths, domain, directory, sizeof directory, err);
    if (status != QUBES_OK)
        return status;
    int length = snprintf(out, QUBES_PATH_MAX, "%s/%s", directory, file);
    return length > 0 && length < QUBES_PATH_MAX ? QUBES_OK : fail(err, QUBES_E_SYSTEM, directory, "path too long");
}

/* By its name only: bytes that a guest wrote never decide how they are read. NULL for anything else. */
static const char *format_of(const char *path)
{
    static const char *const known[][2] = {{".qcow2", "qcow2"}, {".img", "raw"}, {".raw", "raw"}};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t tail = strlen(known[i][0]);
        if (length > tail && strcmp(path + length - tail, known[i][0]) == 0)
            return known[i][1];
    }
    return NULL;
}

static void add_disk(plan *out, const char *path, const char *parent, const char *parent_format, bool keep)
{
    plan_disk *disk = &out->disks[out->disk_count++];
    memcpy(disk->path, path, strlen(path) + 1);
    memcpy(disk->parent, parent, strlen(parent) + 1);
    disk->parent_format = parent_format;
    disk->keep = keep;
}

/* The template whose root an AppVM (through its AppVM, a disposable) boots a copy of. */
static const qubes_domain *root_template(const qubes_domain_list *domains, const qubes_domain *domain)
{
    const qubes_domain *from = domain;
    for (int steps = 0; from && from->template_name[0] && steps < 3; steps++)
        from = qubes_domain_find(domains, from->template_name);
    return from;
}

static bool is_disposable_of(const qubes_domain *domain, const qubes_domain *base)
{
    return domain->cls == QUBES_CLASS_DISP && strcmp(domain->template_name, base->name) == 0;
}

/* While a disk changes, nothing that is layered over it may run. */
static qubes_status check_exclusive(const qubes_domain_list *domains, const qubes_domain *domain, qubes_error *err)
{
    const qubes_domain *base = root_template(domains, domain);
    for (size_t i = 0; i < domains->count; i++) {
        const qubes_domain *other = &domains->items[i];
        if (other == domain || other->state == QUBES_STATE_HALTED || other->cls == QUBES_CLASS_ADMIN)
            continue;
        if (domain->cls == QUBES_CLASS_TEMPLATE && root_template(domains, other) == domain)
            return fail(err, QUBES_E_IN_USE, other->name, "runs and boots from this template: stop it first");
        if (domain->cls != QUBES_CLASS_TEMPLATE && other == base)
            return fail(err, QUBES_E_IN_USE, other->name, "is this domain's template and runs: stop it first");
        if (is_disposable_of(domain, other) || is_disposable_of(other, domain))
            return fail(err, QUBES_E_IN_USE, other->name, "shares its private volume and runs: stop it first");
    }
    return QUBES_OK;
}

/*
 * The root that a template or standalone domain keeps. Its name has the first half of the image's sha-256: a template
 * that is registered anew begins from the new image, because a layer fits no image but its own, which may be gone by
 * then. "root.qcow2" where a person brought a disk without an image.
 */
static qubes_status kept_root(const qubes_paths *paths, const qubes_domain *domain, char *out, qubes_error *err)
{
    char file[64] = "root.qcow2";
    if (domain->image[0] && domain->image_sha256[0])
        snprintf(file, sizeof file, "root-%.32s.qcow2", domain->image_sha256);
    return disk_path(paths, domain->name, file, out, err);
}

/* A template and a standalone domain keep their root; all others get a new overlay over the template's. */
static qubes_status plan_root(const qubes_paths *paths, const qubes_domain_list *domains, plan_exists *exists,
                              void *context, plan *out, qubes_error *err)
{
    char own[QUBES_PATH_MAX], base[QUBES_PATH_MAX], image[QUBES_PATH_MAX] = "";
    const qubes_domain *domain = &out->domain;
    bool keeps = domain->cls == QUBES_CLASS_TEMPLATE || domain->cls == QUBES_CLASS_STANDALONE;
    const qubes_domain *from = keeps ? domain : root_template(domains, domain);
    qubes_status status = kept_root(paths, from ? from : domain, base, err);
    if (status == QUBES_OK)
        status = keeps ? kept_root(paths, domain, own, err) : disk_path(paths, domain->name, "root.qcow2", own, err);
    if (status != QUBES_OK)
        return status;
    status = qubes_domain_root_image(paths, domains, domain, image, sizeof image, err);
    bool written = exists(context, base); /* the template ran, or the person brought the disk along */
    if (status == QUBES_E_NOT_FOUND && written)
        image[0] = '\0';
    else if (status != QUBES_OK)
        return status;
    else if (!format_of(image))
        return fail(err, QUBES_E_INVALID, image, "KVM boots only a .qcow2, .img or .raw image");
    else if (!exists(context, image))
        return fail(err, QUBES_E_NOT_FOUND, image, "the root image is gone: register its template again");
    if (!keeps && written)
        add_disk(out, own, base, "qcow2", false);
    else
        add_disk(out, own, image, image[0] ? format_of(image) : NULL, keeps);
    return QUBES_OK;
}

/* The home of an AppVM is kept; that of a disposable is a new overlay over its AppVM's. */
static qubes_status plan_private(const qubes_paths *paths, plan_exists *exists, void *context, plan *out,
                                 qubes_error *err)
{
    char own[QUBES_PATH_MAX], base[QUBES_PATH_MAX] = "";
    const qubes_domain *domain = &out->domain;
    if (domain->cls != QUBES_CLASS_APP && domain->cls != QUBES_CLASS_DISP)
        return QUBES_OK;
    qubes_status status = disk_path(paths, domain->name, "private.qcow2", own, err);
    if (status == QUBES_OK && domain->cls == QUBES_CLASS_DISP)
        status = disk_path(paths, domain->template_name, "private.qcow2", base, err);
    if (status != QUBES_OK)
        return status;
    bool layered = base[0] && exists(context, base);
    add_disk(out, own, layered ? base : "", layered ? "qcow2" : NULL, domain->cls == QUBES_CLASS_APP);
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
        return fail(err, QUBES_E_INVALID, domain->netvm, "is not a domain that provides network");
    out->has_netvm = true;
    out->netvm = netvm->id;
    return QUBES_OK;
}

static qubes_status plan_domain(const qubes_paths *paths, const qubes_domain_list *domains, const char *name, plan *out,
                                qubes_error *err)
{
    memset(out, 0, sizeof *out);
    const qubes_domain *domain = qubes_domain_find(domains, name);
    if (!domain)
        return fail(err, QUBES_E_NOT_FOUND, name, "no such domain");
    if (domain->cls == QUBES_CLASS_ADMIN)
        return fail(err, QUBES_E_INVALID, name, "the admin domain is this host itself");
    out->domain = *domain;
    return disk_path(paths, domain->name, "firmware.fd", out->firmware, err);
}

qubes_status plan_make(const qubes_paths *paths, const qubes_domain_list *domains, const char *name,
                       plan_exists *exists, void *context, plan *out, qubes_error *err)
{
    qubes_status status = plan_domain(paths, domains, name, out, err);
    if (status == QUBES_OK)
        status = check_exclusive(domains, qubes_domain_find(domains, name), err);
    if (status == QUBES_OK)
        status = plan_network(domains, out, err);
    if (status == QUBES_OK)
        status = plan_root(paths, domains, exists, context, out, err);
    return status == QUBES_OK ? plan_private(paths, exists, context, out, err) : status;
}

qubes_status plan_make_for_stop(const qubes_paths *paths, qubes_domain_list *domains, const char *name,
                                plan_exists *exists, void *context, plan *out, qubes_error *err)
{
    qubes_error lost;
    for (size_t i = 0; i < domains->count; i++)
        domains->items[i].state = QUBES_STATE_HALTED;
    qubes_status status = plan_domain(paths, domains, name, out, err);
    if (status == QUBES_OK && plan_root(paths, domains, exists, context, out, &lost) == QUBES_OK)
        status = plan_private(paths, exists, context, out, err);
    return status;
}
