/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain's machine consists of. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

/* GRUB for domains, from Debian's grub-xen-bin: it starts what /boot/grub/grub.cfg of the root says. */
#define GRUB_PVH "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"
#define GRUB_PV "/usr/lib/grub-xen/grub-x86_64-xen.bin"

static qubes_status fail(qubes_error *err, qubes_status status, const char *text, const char *about)
{
    snprintf(err->text, sizeof err->text, "%.200s: %.250s", about, text);
    err->status = status;
    return status;
}

static qubes_status join(char out[QUBES_PATH_MAX], const char *directory, const char *file, qubes_error *err)
{
    int length = snprintf(out, QUBES_PATH_MAX, "%s/%s", directory, file);
    return length > 0 && length < QUBES_PATH_MAX ? QUBES_OK : fail(err, QUBES_E_SYSTEM, "path too long", directory);
}

static qubes_status file_of(const qubes_paths *paths, const char *domain, const char *file, char *out,
                            qubes_error *err)
{
    char directory[QUBES_PATH_MAX];
    qubes_status status = qubes_domain_directory(paths, domain, directory, sizeof directory, err);
    return status == QUBES_OK ? join(out, directory, file, err) : status;
}

static bool keeps_root(const qubes_domain *domain)
{
    return domain->cls == QUBES_CLASS_TEMPLATE || domain->cls == QUBES_CLASS_STANDALONE;
}

/* The template whose root an AppVM (through its AppVM, a disposable) boots a layer over. */
static const qubes_domain *root_template(const qubes_domain_list *domains, const qubes_domain *domain)
{
    const qubes_domain *from = domain;
    for (int steps = 0; from && from->template_name[0] && steps < 3; steps++)
        from = qubes_domain_find(domains, from->template_name);
    return from;
}

/* While a template runs, its root changes under everything that is layered over it. */
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
            return fail(err, QUBES_E_IN_USE, "shares its private volume and runs: stop it first", other->name);
    }
    return QUBES_OK;
}

static plan_volume *add_volume(plan *out, const char *name, const char *device, plan_source source, const char *file)
{
    plan_volume *volume = &out->volumes[out->volume_count++];
    volume->name = name;
    volume->device = device;
    volume->source = source;
    volume->writable = true;
    snprintf(volume->file, sizeof volume->file, "%s", file);
    return volume;
}

/*
 * The root that a template or standalone domain keeps. Its name has the first half of the image's sha-256, so that
 * a template that is registered anew begins from the new image; "root.img" where a person brought it without one.
 */
static qubes_status kept_root(const qubes_paths *paths, const qubes_domain *domain, char *out, qubes_error *err)
{
    char file[64] = "root.img";
    if (domain->image[0] && domain->image_sha256[0])
        snprintf(file, sizeof file, "root-%.32s.img", domain->image_sha256);
    return file_of(paths, domain->name, file, out, err);
}

static qubes_status plan_root(const qubes_paths *paths, const qubes_domain_list *domains, plan_exists *exists,
                              void *context, plan *out, qubes_error *err)
{
    char kept[QUBES_PATH_MAX], image[QUBES_PATH_MAX] = "", layer[QUBES_PATH_MAX];
    const qubes_domain *domain = &out->domain;
    const qubes_domain *from = keeps_root(domain) ? domain : root_template(domains, domain);
    if (!from)
        return fail(err, QUBES_E_NOT_FOUND, "its template does not exist", domain->name);
    qubes_status status = kept_root(paths, from, kept, err);
    if (status == QUBES_OK)
        status = file_of(paths, domain->name, "root.layer", layer, err);
    if (status != QUBES_OK)
        return status;
    bool is_kept = exists(context, kept);
    if (!is_kept) {
        status = qubes_domain_root_image(paths, domains, domain, image, sizeof image, err);
        if (status != QUBES_OK)
            return status;
        size_t length = strlen(image);
        if (length < 5 || strcmp(image + length - 4, ".img") != 0)
            return fail(err, QUBES_E_INVALID, "Xen's domains boot raw images, .img", image);
        if (!exists(context, image))
            return fail(err, QUBES_E_NOT_FOUND, "the root image is gone: register its template again", image);
    }
    plan_volume *root = keeps_root(domain)
                            ? add_volume(out, "root", "xvda", is_kept ? SOURCE_FILE : SOURCE_COPY, kept)
                            : add_volume(out, "root", "xvda", SOURCE_LAYER, layer);
    if (root->source != SOURCE_FILE)
        snprintf(root->base, sizeof root->base, "%s", is_kept ? kept : image);
    return QUBES_OK;
}

/* The home of an AppVM is kept; that of a disposable is a layer over its AppVM's, when that has one. */
static qubes_status plan_private(const qubes_paths *paths, plan_exists *exists, void *context, plan *out,
                                 qubes_error *err)
{
    char own[QUBES_PATH_MAX], base[QUBES_PATH_MAX] = "";
    const qubes_domain *domain = &out->domain;
    bool disposable = domain->cls == QUBES_CLASS_DISP;
    if (domain->cls != QUBES_CLASS_APP && !disposable)
        return QUBES_OK;
    qubes_status status = file_of(paths, domain->name, "private.img", own, err);
    if (status == QUBES_OK && disposable)
        status = file_of(paths, domain->template_name, "private.img", base, err);
    if (status != QUBES_OK)
        return status;
    if (disposable && exists(context, base)) {
        plan_volume *volume = add_volume(out, "private", "xvdb", SOURCE_LAYER, own);
        snprintf(volume->base, sizeof volume->base, "%s", base);
    } else {
        add_volume(out, "private", "xvdb", exists(context, own) ? SOURCE_FILE : SOURCE_NEW, own);
    }
    return QUBES_OK;
}

static qubes_status plan_kernel(const qubes_paths *paths, const plan_choice *choice, plan_exists *exists, void *context,
                                plan *out, qubes_error *err)
{
    char directory[QUBES_PATH_MAX], modules[QUBES_PATH_MAX];
    out->pv = choice->pv;
    if (strcmp(choice->kernel, "template") == 0) {
        snprintf(out->kernel, sizeof out->kernel, "%s", choice->pv ? GRUB_PV : GRUB_PVH);
        return exists(context, out->kernel)
                   ? QUBES_OK
                   : fail(err, QUBES_E_NOT_FOUND, "is not there: install grub-xen-bin", out->kernel);
    }
    int length = snprintf(directory, sizeof directory, "%s/vm-kernels/%s", paths->data,
                          choice->kernel[0] ? choice->kernel : "default");
    if (length < 0 || length >= (int)sizeof directory)
        return fail(err, QUBES_E_SYSTEM, "path too long", paths->data);
    qubes_status status = join(out->kernel, directory, "vmlinux", err);
    if (status == QUBES_OK)
        status = join(out->ramdisk, directory, "initramfs", err);
    if (status == QUBES_OK)
        status = join(out->options, directory, "options", err);
    if (status == QUBES_OK)
        status = join(modules, directory, "modules.img", err);
    if (status != QUBES_OK)
        return status;
    if (!exists(context, out->kernel))
        return fail(err, QUBES_E_NOT_FOUND, "there is no such kernel for domains: install qubes-kernel-vm", directory);
    plan_volume *volume = add_volume(out, "modules", "xvdd", SOURCE_FILE, modules);
    volume->writable = false;
    return QUBES_OK;
}

qubes_status plan_make(const qubes_paths *paths, const qubes_domain_list *domains, const char *name,
                       const plan_choice *choice, plan_exists *exists, void *context, plan *out, qubes_error *err)
{
    memset(out, 0, sizeof *out);
    const qubes_domain *domain = qubes_domain_find(domains, name);
    if (!domain)
        return fail(err, QUBES_E_NOT_FOUND, "no such domain", name);
    if (domain->cls == QUBES_CLASS_ADMIN)
        return fail(err, QUBES_E_INVALID, "the admin domain is the system that this runs in", name);
    if (strcmp(domain->guest_os, "linux") != 0)
        return fail(err, QUBES_E_INVALID, "only Linux domains can be started on Xen yet", name);
    out->domain = *domain;
    qubes_status status = check_exclusive(domains, domain, err);
    if (status == QUBES_OK)
        status = plan_root(paths, domains, exists, context, out, err);
    if (status == QUBES_OK)
        status = plan_private(paths, exists, context, out, err);
    return status == QUBES_OK ? plan_kernel(paths, choice, exists, context, out, err) : status;
}

/* ---- xen.conf ---- */

static bool is_kernel_name(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-";
    size_t length = strlen(text);
    return length > 0 && length < sizeof((plan_choice *)0)->kernel && text[0] != '.' &&
           strspn(text, allowed) == length;
}

static bool take(plan_choice *out, const char *key, const char *value)
{
    if (strcmp(key, "type") == 0 && (strcmp(value, "pv") == 0 || strcmp(value, "pvh") == 0)) {
        out->pv = strcmp(value, "pv") == 0;
        out->pvh = !out->pv;
        return true;
    }
    if (strcmp(key, "kernel") == 0 && is_kernel_name(value)) {
        snprintf(out->kernel, sizeof out->kernel, "%s", value);
        return true;
    }
    return false;
}

qubes_status plan_read_choice(const char *text, plan_choice *out, qubes_error *err)
{
    memset(out, 0, sizeof *out);
    for (unsigned line = 1; text && *text; line++) {
        char key[32], value[80], more[2];
        char copy[160] = "";
        size_t length = strcspn(text, "\n");
        if (length < sizeof copy)
            memcpy(copy, text, length);
        bool blank = length < sizeof copy && copy[strspn(copy, " \t\r")] == '\0';
        int found = sscanf(copy, " %31[a-z] = %79s %1s", key, value, more);
        if (!blank && copy[strspn(copy, " \t")] != '#' && (found != 2 || !take(out, key, value))) {
            snprintf(err->text, sizeof err->text, "xen.conf:%u: neither 'type = pvh|pv' nor 'kernel = NAME'", line);
            return err->status = QUBES_E_DAMAGED;
        }
        text += length + (text[length] == '\n');
    }
    return QUBES_OK;
}
