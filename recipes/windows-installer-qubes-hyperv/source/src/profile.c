/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Importing a profile. */
#include "profile.h"

#include <string.h>

#include "copy.h"
#include "os.h"
#include "tree.h"

static bool copy_document(const char *from, const char *to, profile_count *count)
{
    uint64_t bytes;
    switch (copy_file(from, to, &bytes)) {
    case COPIED:
        count->copied++;
        count->bytes += bytes;
        return true;
    case UNREADABLE: /* one locked document must not end the import of all others */
        note("Left out, cannot be read: %s (%s)", from, os_reason());
        count->left_out++;
        return true;
    default:
        return problem("%s cannot be copied to %s: %s.", from, to, os_reason());
    }
}

/* One directory: copies its files, adds its directories to `waiting`. */
static bool import_directory(const char *profile, const char *to, const char *below, list *waiting,
                             profile_count *count)
{
    list names = {0};
    char *here = join(profile, below);
    if (!os_names(here, &names)) {
        note("Left out, cannot be read: %s (%s)", here, os_reason());
        count->left_out++;
        return true;
    }
    if (!make_directories(join(to, below)))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        char *path = text("%s/%s", below, names.items[i]);
        char *from = join(profile, path), *target = join(to, path);
        kind what = os_kind(from);
        if (os_is_hidden(from) || (what != FILE_KIND && what != DIRECTORY) || strcmp(from, to) == 0)
            count->left_out++;
        else if (what == DIRECTORY)
            list_add(waiting, path);
        else if (os_kind(target) != NOTHING)
            count->present++;
        else if (!copy_document(from, target, count))
            return false;
    }
    return true;
}

bool profile_import(const char *profile, const char *to, const list *folders, profile_count *count)
{
    list waiting = {0};
    *count = (profile_count){0};
    if (os_kind(profile) != DIRECTORY)
        return problem("%s is not a directory.", profile);
    for (size_t i = 0; i < folders->count; i++) {
        if (!relative_path_is_sound(folders->items[i]))
            return problem("%s is not the name of a folder.", folders->items[i]);
        if (os_kind(join(profile, folders->items[i])) == DIRECTORY)
            list_add(&waiting, folders->items[i]);
    }
    for (size_t i = 0; i < waiting.count; i++)
        if (!import_directory(profile, to, waiting.items[i], &waiting, count))
            return false;
    return true;
}
