/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Listing, creating, changing and removing domains. */
#include "qubes-admin/domain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "domain-rules.h"
#include "fail.h"
#include "record.h"
#include "store.h"

const qubes_domain *qubes_domain_find(const qubes_domain_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

const qubes_domain *qubes_domain_find_id(const qubes_domain_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].id == id)
            return &list->items[i];
    return NULL;
}

void qubes_domain_list_free(qubes_domain_list *list)
{
    free(list->items);
    list->items = NULL;
    list->count = 0;
}

static qubes_status load_entries(const qubes_paths *paths, const os_listing *listing, qubes_domain_list *out,
                                 qubes_error *err)
{
    for (size_t i = 0; i < listing->count; i++) {
        const os_entry *entry = &listing->entries[i];
        if (!entry->directory || !qubes_name_is_valid(entry->name))
            continue; /* what is being created or removed, and what is not ours */
        qubes_domain *domain = &out->items[out->count];
        qubes_status status = store_read(paths, entry->name, domain, NULL, err);
        if (status == QUBES_E_NOT_FOUND)
            continue; /* removed since the directory was listed */
        if (status != QUBES_OK)
            return status;
        if (qubes_domain_find_id(out, domain->id))
            return qubes_fail(err, QUBES_E_DAMAGED, "domains %s and %s both have id %" PRIu32,
                              qubes_domain_find_id(out, domain->id)->name, domain->name, domain->id);
        out->count++;
    }
    return QUBES_OK;
}

qubes_status qubes_domain_list_load(const qubes_paths *paths, qubes_domain_list *out, qubes_error *err)
{
    char path[QUBES_PATH_MAX];
    os_listing listing;
    out->count = 0;
    out->items = NULL;
    qubes_status status = qubes_join(path, sizeof path, paths->data, "domains", err);
    if (status == QUBES_OK)
        status = os_list_directory(path, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    out->items = calloc(listing.count + 1, sizeof *out->items);
    if (out->items) {
        record_init_admin(&out->items[0]);
        out->count = 1;
        status = load_entries(paths, &listing, out, err);
    } else {
        status = qubes_fail_memory(err);
    }
    os_listing_free(&listing);
    if (status != QUBES_OK)
        qubes_domain_list_free(out);
    return status;
}

qubes_status qubes_domain_load(const qubes_paths *paths, const char *name, qubes_domain *out, qubes_error *err)
{
    if (strcmp(name, QUBES_ADMIN_DOMAIN) == 0) {
        record_init_admin(out);
        return QUBES_OK;
    }
    return store_read(paths, name, out, NULL, err);
}

/* Checks a filled-in domain against the others, gives it an id and stores it. Under the lock. */
static qubes_status add(const qubes_paths *paths, const qubes_domain_list *list, qubes_domain *domain,
                        qubes_error *err)
{
    qubes_status status = rules_check_name(list, domain->name, err);
    if (status == QUBES_OK)
        status = rules_check(list, domain, err);
    if (status == QUBES_OK)
        status = store_next_id(paths, list, &domain->id, err);
    return status == QUBES_OK ? store_add(paths, domain, err) : status;
}

static qubes_status fill_new(const qubes_domain_new *what, qubes_domain *out, qubes_error *err)
{
    qubes_class cls = QUBES_CLASS_APP;
    if (what->cls && (!qubes_class_from_name(what->cls, &cls) || cls == QUBES_CLASS_ADMIN))
        return qubes_fail(err, QUBES_E_INVALID, "class: '%s' is not AppVM, TemplateVM, StandaloneVM or DispVM",
                          what->cls);
    if (!qubes_name_is_valid(what->name))
        return rules_check_name(&(qubes_domain_list){0, NULL}, what->name, err);
    record_init(out, what->name, cls);
    qubes_status status = QUBES_OK;
    if (what->label)
        status = record_set(out, "label", what->label, err);
    if (status == QUBES_OK && what->template_name)
        status = record_set(out, "template", what->template_name, err);
    if (status == QUBES_OK && what->netvm)
        status = record_set(out, "netvm", what->netvm, err);
    return status;
}

qubes_status qubes_domain_create(const qubes_paths *paths, const qubes_domain_new *what, qubes_domain *out,
                                 qubes_error *err)
{
    qubes_domain domain;
    qubes_domain_list list;
    os_lock lock;
    qubes_status status = fill_new(what, &domain, err);
    if (status == QUBES_OK)
        status = store_lock(paths, &lock, err);
    if (status != QUBES_OK)
        return status;
    status = qubes_domain_list_load(paths, &list, err);
    if (status == QUBES_OK) {
        status = add(paths, &list, &domain, err);
        qubes_domain_list_free(&list);
    }
    os_unlock_file(&lock);
    if (status == QUBES_OK && out)
        *out = domain;
    return status;
}

static qubes_status add_disposable(const qubes_paths *paths, const qubes_domain_list *list, const char *from,
                                   qubes_domain *domain, qubes_error *err)
{
    const qubes_domain *base = qubes_domain_find(list, from);
    if (!base)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "no domain %s", from);
    *domain = *base;
    domain->cls = QUBES_CLASS_DISP;
    domain->state = QUBES_STATE_HALTED;
    domain->autostart = domain->template_for_dispvms = domain->provides_network = false;
    domain->image[0] = domain->image_sha256[0] = '\0';
    qubes_copy(domain->template_name, sizeof domain->template_name, from);
    qubes_status status = store_next_id(paths, list, &domain->id, err);
    if (status != QUBES_OK)
        return status;
    qubes_print(domain->name, sizeof domain->name, "disp%" PRIu32, domain->id);
    status = rules_check_name(list, domain->name, err);
    if (status == QUBES_OK)
        status = rules_check(list, domain, err);
    return status == QUBES_OK ? store_add(paths, domain, err) : status;
}

qubes_status qubes_domain_create_disposable(const qubes_paths *paths, const char *from, qubes_domain *out,
                                            qubes_error *err)
{
    qubes_domain domain;
    qubes_domain_list list;
    os_lock lock;
    qubes_status status = store_lock(paths, &lock, err);
    if (status != QUBES_OK)
        return status;
    status = qubes_domain_list_load(paths, &list, err);
    if (status == QUBES_OK) {
        status = add_disposable(paths, &list, from, &domain, err);
        qubes_domain_list_free(&list);
    }
    os_unlock_file(&lock);
    if (status == QUBES_OK && out)
        *out = domain;
    return status;
}

static qubes_status change(const qubes_paths *paths, const char *name, const record_property *property,
                           const char *value, qubes_error *err)
{
    qubes_domain domain;
    qubes_domain_list list;
    conf lines;
    qubes_status status = store_read(paths, name, &domain, &lines, err);
    if (status != QUBES_OK)
        return status;
    status = record_set(&domain, property->name, value, err);
    if (status == QUBES_OK && property->halted && domain.state != QUBES_STATE_HALTED)
        status = qubes_fail(err, QUBES_E_IN_USE, "%s: stop %s first", property->name, name);
    if (status == QUBES_OK)
        status = qubes_domain_list_load(paths, &list, err);
    if (status == QUBES_OK) {
        status = rules_check(&list, &domain, err);
        qubes_domain_list_free(&list);
    }
    if (status == QUBES_OK)
        status = store_write(paths, &domain, &lines, err);
    conf_free(&lines);
    return status;
}

qubes_status qubes_domain_set(const qubes_paths *paths, const char *name, const char *key, const char *value,
                              qubes_error *err)
{
    const record_property *property = record_find_property(key);
    if (!property)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "no property %s", key);
    if (!property->settable)
        return qubes_fail(err, QUBES_E_INVALID, "%s cannot be changed", key);
    if (strcmp(name, QUBES_ADMIN_DOMAIN) == 0)
        return qubes_fail(err, QUBES_E_INVALID, "the admin domain has no settings");
    os_lock life, lock;
    qubes_domain probe;
    qubes_status status = qubes_domain_load(paths, name, &probe, err);
    if (status != QUBES_OK)
        return status;
    /* What needs a halted domain must not race with its start. */
    if (property->halted)
        status = store_lock_domain(paths, name, false, &life, err);
    if (status != QUBES_OK)
        return status;
    status = store_lock(paths, &lock, err);
    if (status == QUBES_OK) {
        status = change(paths, name, property, value, err);
        os_unlock_file(&lock);
    }
    if (property->halted)
        os_unlock_file(&life);
    return status;
}

static qubes_status check_removable(const qubes_paths *paths, const qubes_domain_list *list, const char *name,
                                    bool force, qubes_error *err)
{
    const qubes_domain *domain = qubes_domain_find(list, name);
    if (!domain)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "no domain %s", name);
    if (domain->state != QUBES_STATE_HALTED)
        return qubes_fail(err, QUBES_E_IN_USE, "%s is not halted: stop it first", name);
    for (size_t i = 0; i < list->count; i++) {
        const qubes_domain *other = &list->items[i];
        if (other != domain && (strcmp(other->template_name, name) == 0 || strcmp(other->netvm, name) == 0 ||
                                strcmp(other->default_dispvm, name) == 0))
            return qubes_fail(err, QUBES_E_IN_USE, "%s refers to %s", other->name, name);
    }
    char path[QUBES_PATH_MAX];
    os_listing listing;
    qubes_status status = qubes_domain_directory(paths, name, path, sizeof path, err);
    if (status == QUBES_OK)
        status = os_list_directory(path, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    bool data = false;
    for (size_t i = 0; i < listing.count; i++)
        data = data || strncmp(listing.entries[i].name, "domain.conf", sizeof "domain.conf" - 1) != 0;
    os_listing_free(&listing);
    if (data && !force)
        return qubes_fail(err, QUBES_E_IN_USE, "%s holds data in %s: remove it with --force", name, path);
    return QUBES_OK;
}

qubes_status qubes_domain_remove(const qubes_paths *paths, const char *name, bool force, qubes_error *err)
{
    qubes_domain_list list;
    os_lock life, lock;
    if (strcmp(name, QUBES_ADMIN_DOMAIN) == 0)
        return qubes_fail(err, QUBES_E_INVALID, "the admin domain cannot be removed");
    qubes_domain probe;
    qubes_status status = qubes_domain_load(paths, name, &probe, err);
    if (status == QUBES_OK)
        status = store_lock_domain(paths, name, false, &life, err);
    if (status != QUBES_OK)
        return status;
    status = store_lock(paths, &lock, err);
    if (status == QUBES_OK) {
        status = qubes_domain_list_load(paths, &list, err);
        if (status == QUBES_OK) {
            status = check_removable(paths, &list, name, force, err);
            qubes_domain_list_free(&list);
        }
        if (status == QUBES_OK)
            status = store_delete(paths, name, err);
        os_unlock_file(&lock);
    }
    os_unlock_file(&life);
    return status;
}

qubes_status qubes_domain_root_image(const qubes_paths *paths, const qubes_domain_list *domains,
                                     const qubes_domain *domain, char *out, size_t size, qubes_error *err)
{
    const qubes_domain *from = domain;
    for (size_t steps = 0; from && from->template_name[0] && steps < 3; steps++)
        from = qubes_domain_find(domains, from->template_name);
    if (!from || !from->image[0])
        return qubes_fail(err, QUBES_E_NOT_FOUND, "%s has no root image: register its template", domain->name);
    if (os_path_is_absolute(from->image))
        return qubes_copy(out, size, from->image) ? QUBES_OK
                                                  : qubes_fail(err, QUBES_E_SYSTEM, "path too long: %s", from->image);
    return qubes_join(out, size, paths->data, from->image, err);
}
