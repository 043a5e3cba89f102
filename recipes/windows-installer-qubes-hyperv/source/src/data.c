/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data directory. */
#include "data.h"

#include <string.h>

#include "copy.h"
#include "os.h"
#include "tree.h"

#define SEEDED ".setup/seeded"
#define UNDO ".setup/undo"
#define PRODUCT "product-"

/* Where a product says that it uses the directory; relative to it. */
static char *mark(const char *id)
{
    return text(".setup/" PRODUCT "%s", id);
}

bool data_settle(const char *data)
{
    char *undo = join(data, UNDO);
    return os_kind(undo) == NOTHING || os_remove_file(undo) ||
           problem("%s cannot be removed: %s.", undo, os_reason());
}

static bool seed_file(const char *from, const char *data, const char *path)
{
    uint64_t bytes;
    return make_parents(data, path) &&
           (copy_file(from, join(data, path), &bytes) == COPIED ||
            problem("%s cannot be copied to %s: %s.", from, join(data, path), os_reason()));
}

static bool close_directories(const char *data, const list *closed)
{
    for (size_t i = 0; i < closed->count; i++) {
        char *path = join(data, closed->items[i]);
        if (!make_directories(path))
            return false;
        if (!os_protect(path))
            return problem("%s cannot be protected from other users: %s.", path, os_reason());
    }
    return true;
}

bool data_seed(const char *data, const char *defaults, const char *id, const list *closed)
{
    list files = {0}, seeded = {0}, now = {0};
    if (!os_is_safe_root(data))
        return problem("%s cannot be a data directory.", data);
    if (!data_settle(data) || !make_directories(join(data, ".setup")) || !close_directories(data, closed) ||
        !read_paths(join(data, SEEDED), &seeded))
        return false;
    if (os_kind(defaults) != NOTHING && !files_below(defaults, &files))
        return false;
    for (size_t i = 0; i < files.count; i++)
        if (!list_has(&seeded, files.items[i])) {
            list_add(&seeded, files.items[i]);
            if (os_kind(join(data, files.items[i])) == NOTHING)
                list_add(&now, files.items[i]);
        }
    list_sort(&seeded);
    list undo = now;
    list nothing = {0};
    if (os_kind(join(data, mark(id))) == NOTHING) {
        undo = (list){0};
        for (size_t i = 0; i < now.count; i++)
            list_add(&undo, now.items[i]);
        list_add(&undo, mark(id));
    }
    if (!write_paths(join(data, UNDO), &undo))
        return false;
    for (size_t i = 0; i < now.count; i++)
        if (!seed_file(join(defaults, now.items[i]), data, now.items[i]))
            return false;
    return write_paths(join(data, SEEDED), &seeded) && write_paths(join(data, mark(id)), &nothing);
}

bool data_coming(const char *data, const list *paths)
{
    list undo = {0};
    if (os_kind(join(data, UNDO)) == NOTHING)
        return true;
    if (!read_paths(join(data, UNDO), &undo))
        return false;
    for (size_t i = 0; i < paths->count; i++)
        if (os_kind(join(data, paths->items[i])) == NOTHING && !list_has(&undo, paths->items[i]))
            list_add(&undo, paths->items[i]);
    return write_paths(join(data, UNDO), &undo);
}

bool data_unseed(const char *data)
{
    list now = {0}, seeded = {0}, left = {0};
    if (os_kind(join(data, UNDO)) == NOTHING)
        return true;
    if (!read_paths(join(data, UNDO), &now) || !read_paths(join(data, SEEDED), &seeded))
        return false;
    for (size_t i = 0; i < now.count; i++)
        os_remove_file(join(data, now.items[i]));
    for (size_t i = 0; i < seeded.count; i++)
        if (!list_has(&now, seeded.items[i]))
            list_add(&left, seeded.items[i]);
    os_remove_file(join(data, UNDO));
    if (left.count > 0)
        return write_paths(join(data, SEEDED), &left);
    os_remove_file(join(data, SEEDED));
    list_add(&now, ".setup/seeded");
    remove_empty_directories(data, &now);
    return true;
}

bool data_release(const char *data, const char *id)
{
    char *product = join(data, mark(id));
    return os_kind(product) == NOTHING || os_remove_file(product) ||
           problem("%s cannot be removed: %s.", product, os_reason());
}

bool data_purge(const char *data, const char *id)
{
    list names = {0};
    if (os_kind(data) == NOTHING)
        return true;
    if (!os_is_safe_root(data) || os_kind(data) != DIRECTORY || os_kind(join(data, SEEDED)) != FILE_KIND)
        return problem("%s is not a data directory of this product and was left alone.", data);
    if (!os_names(join(data, ".setup"), &names))
        return problem("%s cannot be read: %s.", data, os_reason());
    for (size_t i = 0; i < names.count; i++)
        if (strncmp(names.items[i], PRODUCT, strlen(PRODUCT)) == 0 &&
            strcmp(names.items[i] + strlen(PRODUCT), id) != 0)
            return problem("%s is used by another installed product and was left alone.", data);
    return remove_tree(data);
}
