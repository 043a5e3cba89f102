/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replacing the files of an installation. */
#include "transaction.h"

#include <string.h>

#include "os.h"
#include "tree.h"

#define WORK ".setup"
#define RECORD "uninstall.txt"

static char *work(const char *install, const char *name)
{
    return text("%s/" WORK "/%s", install, name);
}

static bool move(const char *from_root, const char *to_root, const char *path)
{
    if (!make_parents(to_root, path))
        return false;
    return os_move(join(from_root, path), join(to_root, path)) ||
           problem("%s cannot be moved to %s: %s.", join(from_root, path), join(to_root, path), os_reason());
}

bool transaction_begin(const char *install, bool machine)
{
    if (!os_is_safe_root(install))
        return problem("%s is not a directory that a product can be installed in.", install);
    if (!transaction_rollback(install) || !make_directories(install))
        return false;
    if (machine && !os_protect(install))
        return problem("%s cannot be protected from other users: %s.", install, os_reason());
    return make_directories(work(install, "new"));
}

bool transaction_swap(const char *install)
{
    list leaving = {0}, coming = {0};
    char *fresh = work(install, "new"), *old = work(install, "old");
    if (!read_paths(join(install, RECORD), &leaving) || !files_below(fresh, &coming))
        return false;
    if (list_has(&coming, RECORD) || (coming.count > 0 && strncmp(coming.items[0], WORK "/", 7) == 0))
        return problem("The product has a file of the installer's own name.");
    list_add(&coming, RECORD);
    list_sort(&coming);
    if (!make_parents(fresh, RECORD) || !write_paths(join(fresh, RECORD), &coming))
        return false;
    /* From here on a rollback has something to take back. */
    if (!write_paths(work(install, "new.txt"), &coming))
        return false;
    for (size_t i = 0; i < coming.count; i++)
        list_add(&leaving, coming.items[i]); /* an unrecorded file in the way is kept for a rollback too */
    for (size_t i = 0; i < leaving.count; i++) {
        kind what = os_kind(join(install, leaving.items[i]));
        if (what == DIRECTORY)
            return problem("%s is a directory where a file must be.", join(install, leaving.items[i]));
        if (what != NOTHING && !move(install, old, leaving.items[i]))
            return false;
    }
    for (size_t i = 0; i < coming.count; i++)
        if (!move(fresh, install, coming.items[i]))
            return false;
    remove_empty_directories(install, &leaving);
    return true;
}

bool transaction_rollback(const char *install)
{
    list coming = {0}, old_files = {0};
    char *fresh = work(install, "new"), *old = work(install, "old"), *plan = work(install, "new.txt");
    if (os_kind(join(install, WORK)) == NOTHING)
        return true;
    if (os_kind(join(install, WORK)) != DIRECTORY)
        return problem("%s is in the way: it is not a directory.", join(install, WORK));
    if (os_kind(plan) != NOTHING) {
        if (!read_paths(plan, &coming) || (os_kind(old) == DIRECTORY && !files_below(old, &old_files)))
            return false;
        /* Back to new/ and not away: were this interrupted too, what has come and what is restored
         * could not be told apart. */
        for (size_t i = 0; i < coming.count; i++)
            if (os_kind(join(fresh, coming.items[i])) == NOTHING &&
                os_kind(join(install, coming.items[i])) != NOTHING && !move(install, fresh, coming.items[i]))
                return false;
        for (size_t i = 0; i < old_files.count; i++)
            if (!move(old, install, old_files.items[i]))
                return false;
        if (!os_remove_file(plan))
            return problem("%s cannot be removed: %s.", plan, os_reason());
    }
    if (!remove_tree(join(install, WORK)))
        return problem("If a program still uses it, restart the computer and try again.");
    remove_empty_directories(install, &coming);
    return true;
}

static bool remove_or_later(const char *path, bool *reboot)
{
    if (os_kind(path) == NOTHING || os_remove_file(path))
        return true;
    if (!os_remove_later(path))
        return problem("%s cannot be removed: %s.", path, os_reason());
    *reboot = true;
    return true;
}

bool transaction_finish(const char *install, bool *reboot)
{
    list old_files = {0};
    char *old = work(install, "old"), *plan = work(install, "new.txt");
    /* Without its plan there is nothing to take back: this is the moment of commitment. */
    if (os_kind(plan) != NOTHING && !os_remove_file(plan))
        return problem("%s cannot be removed: %s.", plan, os_reason());
    if (os_kind(old) == DIRECTORY) {
        if (!files_below(old, &old_files))
            return false;
        for (size_t i = 0; i < old_files.count; i++)
            if (!remove_or_later(join(old, old_files.items[i]), reboot))
                return false;
    }
    if (!*reboot)
        return remove_tree(join(install, WORK));
    os_remove_later(old);
    os_remove_later(join(install, WORK));
    return true;
}

bool transaction_uninstall(const char *install, const char *except, bool *reboot)
{
    list files = {0};
    if (!transaction_rollback(install) || !read_paths(join(install, RECORD), &files))
        return false;
    for (size_t i = 0; i < files.count; i++)
        if (strcmp(files.items[i], RECORD) != 0 && (except == NULL || strcmp(files.items[i], except) != 0) &&
            !remove_or_later(join(install, files.items[i]), reboot))
            return false;
    /* The record goes last, so that an interrupted removal can be repeated. */
    if (!remove_or_later(join(install, RECORD), reboot))
        return false;
    remove_empty_directories(install, &files);
    return true;
}
