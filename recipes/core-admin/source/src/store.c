/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Domains on disk: reading, writing and locking them. */
#include "store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "record.h"

static qubes_status domains_directory(const qubes_paths *paths, char *out, size_t size, qubes_error *err)
{
    return qubes_join(out, size, paths->data, "domains", err);
}

static qubes_status below_domains(const qubes_paths *paths, const char *prefix, const char *name, char *out,
                                  size_t size, qubes_error *err)
{
    char directory[QUBES_PATH_MAX], entry[QUBES_NAME_MAX + 16];
    qubes_status status = domains_directory(paths, directory, sizeof directory, err);
    if (status != QUBES_OK)
        return status;
    if (!qubes_print(entry, sizeof entry, "%s%s", prefix, name))
        return qubes_fail(err, QUBES_E_INVALID, "name too long: %s", name);
    return qubes_join(out, size, directory, entry, err);
}

qubes_status qubes_domain_directory(const qubes_paths *paths, const char *name, char *out, size_t size,
                                    qubes_error *err)
{
    if (!qubes_name_is_valid(name))
        return qubes_fail(err, QUBES_E_INVALID, "'%s' is not a domain name", name);
    return below_domains(paths, "", name, out, size, err);
}

static qubes_status conf_path(const char *directory, char *out, size_t size, qubes_error *err)
{
    return qubes_join(out, size, directory, "domain.conf", err);
}

static qubes_status run_file(const qubes_paths *paths, const char *name, const char *suffix, char *out,
                             size_t size, bool make, qubes_error *err)
{
    char directory[QUBES_PATH_MAX], entry[QUBES_NAME_MAX + 16];
    qubes_status status = qubes_join(directory, sizeof directory, paths->data, "run", err);
    if (status == QUBES_OK && make)
        status = os_make_directories(directory, err);
    if (status != QUBES_OK)
        return status;
    if (!qubes_print(entry, sizeof entry, "%s%s", name, suffix))
        return qubes_fail(err, QUBES_E_INVALID, "name too long: %s", name);
    return qubes_join(out, size, directory, entry, err);
}

qubes_status store_lock(const qubes_paths *paths, os_lock *out, qubes_error *err)
{
    char path[QUBES_PATH_MAX];
    qubes_status status = domains_directory(paths, path, sizeof path, err);
    if (status == QUBES_OK)
        status = os_make_directories(path, err);
    if (status == QUBES_OK)
        status = qubes_join(path, sizeof path, paths->data, "lock", err);
    return status == QUBES_OK ? os_lock_file(path, true, out, err) : status;
}

qubes_status store_lock_domain(const qubes_paths *paths, const char *name, bool wait, os_lock *out,
                               qubes_error *err)
{
    char path[QUBES_PATH_MAX];
    qubes_status status = run_file(paths, name, ".lock", path, sizeof path, true, err);
    if (status == QUBES_OK)
        status = os_lock_file(path, wait, out, err);
    if (status == QUBES_E_IN_USE)
        return qubes_fail(err, QUBES_E_IN_USE, "%s is being started, stopped or removed", name);
    return status;
}

static const char *const state_words[] = {
    [QUBES_STATE_HALTED] = "halted\n",
    [QUBES_STATE_STARTING] = "starting\n",
    [QUBES_STATE_RUNNING] = "running\n",
    [QUBES_STATE_STOPPING] = "stopping\n",
};

qubes_status store_read_state(const qubes_paths *paths, const char *name, qubes_state *out, qubes_error *err)
{
    char path[QUBES_PATH_MAX], *text;
    size_t size;
    *out = QUBES_STATE_HALTED;
    qubes_status status = run_file(paths, name, ".state", path, sizeof path, false, err);
    if (status == QUBES_OK)
        status = os_read_file(path, 64, &text, &size, err);
    if (status != QUBES_OK)
        return status == QUBES_E_NOT_FOUND ? QUBES_OK : status;
    status = QUBES_E_DAMAGED;
    for (size_t i = 0; i < sizeof state_words / sizeof *state_words; i++)
        if (strcmp(text, state_words[i]) == 0) {
            *out = (qubes_state)i;
            status = QUBES_OK;
        }
    free(text);
    return status == QUBES_OK ? status : qubes_fail(err, status, "%s:1: not a state", path);
}

qubes_status store_write_state(const qubes_paths *paths, const char *name, qubes_state state, qubes_error *err)
{
    char path[QUBES_PATH_MAX];
    qubes_status status = run_file(paths, name, ".state", path, sizeof path, true, err);
    if (status != QUBES_OK)
        return status;
    if (state == QUBES_STATE_HALTED)
        return os_remove_tree(path, err);
    return os_write_file(path, state_words[state], strlen(state_words[state]), err);
}

/* Exactly this name: on Windows a file would also open under another case of its letters. */
static qubes_status require_exact_name(const qubes_paths *paths, const char *name, qubes_error *err)
{
    char path[QUBES_PATH_MAX];
    os_listing listing;
    qubes_status status = domains_directory(paths, path, sizeof path, err);
    if (status == QUBES_OK)
        status = os_list_directory(path, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    bool found = false;
    for (size_t i = 0; i < listing.count && !found; i++)
        found = strcmp(listing.entries[i].name, name) == 0;
    os_listing_free(&listing);
    return found ? QUBES_OK : qubes_fail(err, QUBES_E_NOT_FOUND, "no domain %s", name);
}

qubes_status store_read(const qubes_paths *paths, const char *name, qubes_domain *out, conf *lines,
                        qubes_error *err)
{
    char directory[QUBES_PATH_MAX], path[QUBES_PATH_MAX], *data;
    size_t size;
    conf parsed;
    qubes_status status = qubes_domain_directory(paths, name, directory, sizeof directory, err);
    if (status == QUBES_OK)
        status = require_exact_name(paths, name, err);
    if (status == QUBES_OK)
        status = conf_path(directory, path, sizeof path, err);
    if (status == QUBES_OK)
        status = os_read_file(path, CONF_SIZE_MAX, &data, &size, err);
    if (status == QUBES_E_NOT_FOUND)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "no domain %s", name);
    if (status != QUBES_OK)
        return status;
    status = conf_parse(data, size, path, &parsed, err);
    free(data);
    if (status != QUBES_OK)
        return status;
    status = record_read(&parsed, name, path, out, err);
    if (status == QUBES_OK)
        status = store_read_state(paths, name, &out->state, err);
    if (status == QUBES_OK && lines)
        *lines = parsed;
    else
        conf_free(&parsed);
    return status;
}

static qubes_status write_conf(const char *directory, const qubes_domain *domain, conf *lines, qubes_error *err)
{
    char path[QUBES_PATH_MAX], *data;
    size_t size;
    qubes_status status = conf_path(directory, path, sizeof path, err);
    if (status == QUBES_OK)
        status = record_write(domain, lines, err);
    if (status == QUBES_OK)
        status = conf_text(lines, &data, &size, err);
    if (status != QUBES_OK)
        return status;
    if (size > CONF_SIZE_MAX || lines->count >= CONF_LINES_MAX)
        status = qubes_fail(err, QUBES_E_INVALID, "%s would become too large", path);
    else
        status = os_write_file(path, data, size, err);
    free(data);
    return status;
}

qubes_status store_write(const qubes_paths *paths, const qubes_domain *domain, conf *lines, qubes_error *err)
{
    char directory[QUBES_PATH_MAX];
    qubes_status status = qubes_domain_directory(paths, domain->name, directory, sizeof directory, err);
    return status == QUBES_OK ? write_conf(directory, domain, lines, err) : status;
}

qubes_status store_next_id(const qubes_paths *paths, const qubes_domain_list *domains, uint32_t *out,
                           qubes_error *err)
{
    char path[QUBES_PATH_MAX], number[16], *data;
    size_t size;
    uint32_t last = 0;
    qubes_status status = below_domains(paths, ".", "last-id", path, sizeof path, err);
    if (status == QUBES_OK)
        status = os_read_file(path, 64, &data, &size, err);
    if (status == QUBES_OK) {
        unsigned long stored = strtoul(data, NULL, 10);
        last = stored <= QUBES_ID_MAX ? (uint32_t)stored : 0;
        free(data);
    } else if (status != QUBES_E_NOT_FOUND) {
        return status;
    }
    for (size_t i = 0; i < domains->count; i++)
        if (domains->items[i].id > last)
            last = domains->items[i].id;
    /* After the last id the smallest free one: only a system that made 32,751 domains reuses. */
    uint32_t id = last < QUBES_ID_MAX ? last + 1 : 1;
    for (uint32_t tries = 0; qubes_domain_find_id(domains, id); tries++) {
        if (tries == QUBES_ID_MAX)
            return qubes_fail(err, QUBES_E_SYSTEM, "all %d ids are taken", QUBES_ID_MAX);
        id = id < QUBES_ID_MAX ? id + 1 : 1;
    }
    qubes_print(number, sizeof number, "%" PRIu32 "\n", id);
    *out = id;
    return os_write_file(path, number, strlen(number), err);
}

qubes_status store_add(const qubes_paths *paths, const qubes_domain *domain, qubes_error *err)
{
    char directory[QUBES_PATH_MAX], fresh[QUBES_PATH_MAX];
    conf lines;
    qubes_status status = qubes_domain_directory(paths, domain->name, directory, sizeof directory, err);
    if (status == QUBES_OK)
        status = below_domains(paths, ".new-", domain->name, fresh, sizeof fresh, err);
    if (status == QUBES_OK)
        status = os_remove_tree(fresh, err);
    if (status == QUBES_OK)
        status = os_make_directories(fresh, err);
    if (status != QUBES_OK)
        return status;
    conf_init(&lines);
    status = write_conf(fresh, domain, &lines, err);
    conf_free(&lines);
    if (status == QUBES_OK)
        status = os_rename(fresh, directory, err);
    if (status != QUBES_OK)
        os_remove_tree(fresh, NULL);
    return status;
}

qubes_status store_delete(const qubes_paths *paths, const char *name, qubes_error *err)
{
    char directory[QUBES_PATH_MAX], removed[QUBES_PATH_MAX];
    qubes_status status = qubes_domain_directory(paths, name, directory, sizeof directory, err);
    if (status == QUBES_OK)
        status = below_domains(paths, ".removed-", name, removed, sizeof removed, err);
    if (status == QUBES_OK)
        status = os_remove_tree(removed, err);
    if (status == QUBES_OK)
        status = os_rename(directory, removed, err);
    if (status == QUBES_OK)
        status = os_remove_tree(removed, err);
    return status;
}
