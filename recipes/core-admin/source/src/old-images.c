/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Images that a template had before the one that is registered: away with them when nothing uses them any more. */
#include "old-images.h"

#include <string.h>

#include "fail.h"
#include "os.h"
#include "store.h"

/* The template whose image a domain boots, itself or a layer over it; NULL when there is none. */
const qubes_domain *image_owner(const qubes_domain_list *domains, const qubes_domain *domain)
{
    const qubes_domain *from = domain;
    for (size_t steps = 0; from && from->template_name[0] && steps < 3; steps++)
        from = qubes_domain_find(domains, from->template_name);
    return from && from->cls == QUBES_CLASS_TEMPLATE ? from : NULL;
}

static bool is_used(const qubes_domain_list *domains, const qubes_domain *template_)
{
    for (size_t i = 0; i < domains->count; i++)
        if (domains->items[i].state != QUBES_STATE_HALTED && image_owner(domains, &domains->items[i]) == template_)
            return true;
    return false;
}

/* PREFIX, then as many hex digits as one of two numbers says, then what drivers for Xen and KVM call their disks. */
static bool has_form(const char *name, const char *prefix, size_t digits, size_t or_digits)
{
    size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0)
        return false;
    size_t found = strspn(name + length, "0123456789abcdef");
    const char *rest = name + length + found;
    return (found == digits || found == or_digits) && (strcmp(rest, ".img") == 0 || strcmp(rest, ".qcow2") == 0);
}

static const char *base_name(const char *path)
{
    const char *base = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == OS_SEPARATOR)
            base = c + 1;
    return base;
}

static bool is_registered(const qubes_domain_list *domains, const char *file)
{
    for (size_t i = 0; i < domains->count; i++)
        if (strcmp(base_name(domains->items[i].image), file) == 0)
            return true;
    return false;
}

typedef struct search {
    const qubes_domain_list *domains;
    const qubes_domain *template_;
} search;

/* Roots that a driver kept of earlier images: root-HASH, of which the first half is in the name. */
static bool is_old_root(const search *in, const char *file)
{
    return has_form(file, "root-", 32, 32) && strncmp(file + 5, in->template_->image_sha256, 32) != 0;
}

/* Images as the installer and qubes-template name them: TEMPLATE-HASH, with 12 and with 16 digits. */
static bool is_old_image(const search *in, const char *file)
{
    char prefix[QUBES_NAME_MAX + 2];
    qubes_print(prefix, sizeof prefix, "%s-", in->template_->name);
    return has_form(file, prefix, 12, 16) && !is_registered(in->domains, file);
}

static qubes_status remove_files(const char *directory, bool (*is_old)(const search *in, const char *file),
                                 const search *in, qubes_error *err)
{
    os_listing listing;
    qubes_status status = os_list_directory(directory, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    for (size_t i = 0; i < listing.count && status == QUBES_OK; i++) {
        char path[QUBES_PATH_MAX];
        const os_entry *entry = &listing.entries[i];
        if (entry->directory || !is_old(in, entry->name))
            continue;
        status = qubes_join(path, sizeof path, directory, entry->name, err);
        if (status == QUBES_OK)
            status = os_remove_tree(path, err);
    }
    os_listing_free(&listing);
    return status;
}

static qubes_status remove_of(const qubes_paths *paths, const search *in, qubes_error *err)
{
    char directory[QUBES_PATH_MAX], images[QUBES_PATH_MAX], nameless[QUBES_PATH_MAX];
    qubes_status status = qubes_domain_directory(paths, in->template_->name, directory, sizeof directory, err);
    if (status == QUBES_OK)
        status = qubes_join(nameless, sizeof nameless, directory, "root.qcow2", err);
    if (status == QUBES_OK)
        status = qubes_join(images, sizeof images, paths->data, "templates", err);
    if (status == QUBES_OK)
        status = remove_files(directory, is_old_root, in, err);
    /* Of a root without a hash in its name nobody knows here which image it is a layer over. */
    if (status == QUBES_OK && !os_exists(nameless))
        status = remove_files(images, is_old_image, in, err);
    return status;
}

qubes_status old_images_remove(const qubes_paths *paths, const char *name, qubes_error *err)
{
    qubes_domain_list domains;
    os_lock lock;
    qubes_status status = store_lock(paths, &lock, err); /* nobody registers another image meanwhile */
    if (status != QUBES_OK)
        return status;
    status = qubes_domain_list_load(paths, &domains, err);
    if (status == QUBES_OK) {
        search in = {&domains, qubes_domain_find(&domains, name)};
        const qubes_domain *found = in.template_;
        if (found && found->cls == QUBES_CLASS_TEMPLATE && found->image[0] && found->image_sha256[0] &&
            !is_used(&domains, found))
            status = remove_of(paths, &in, err);
        qubes_domain_list_free(&domains);
    }
    os_unlock_file(&lock);
    return status;
}
