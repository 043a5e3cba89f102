/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees. */
#include "tree.h"

#include <string.h>

#include "os.h"

/* Longest line of a list of paths: Windows' own limit of a long path. */
enum { LINE_MAX_BYTES = 32767 };

static bool part_is_sound(const char *part, size_t length)
{
    if (length == 0 || part[length - 1] == '.' || part[length - 1] == ' ')
        return false; /* also "." and ".."; Windows drops such endings, so two names would be one */
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)part[i];
        if (c < 0x20 || c == 0x7f || strchr("\\<>:\"|?*", c) != NULL)
            return false;
    }
    return true;
}

bool relative_path_is_sound(const char *path)
{
    for (;;) {
        size_t length = strcspn(path, "/");
        if (!part_is_sound(path, length))
            return false;
        if (path[length] == '\0')
            return true;
        path += length + 1;
    }
}

char *join(const char *directory, const char *relative)
{
    return text("%s/%s", directory, relative);
}

bool make_directories(const char *path)
{
    char *copy = text("%s", path);
    list missing = {0};
    for (;;) {
        kind what = os_kind(copy);
        if (what == DIRECTORY)
            break;
        if (what != NOTHING)
            return problem("%s is in the way: it is not a directory.", copy);
        list_add(&missing, text("%s", copy));
        size_t end = strlen(copy);
        while (end > 0 && copy[end - 1] != '/' && copy[end - 1] != '\\')
            end--;
        if (end <= 1)
            return problem("%s cannot be made: nothing above it exists.", path);
        copy[end - 1] = '\0';
        if (copy[end - 2] == ':')
            break; /* "C:" as the parent of "C:\x" */
    }
    for (size_t i = missing.count; i > 0; i--)
        if (!os_make_directory(missing.items[i - 1]))
            return problem("%s cannot be made: %s.", missing.items[i - 1], os_reason());
    return true;
}

bool make_directories_above(const char *path)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] != '/' && path[end - 1] != '\\')
        end--;
    return end <= 1 || make_directories(text("%.*s", (int)(end - 1), path));
}

bool make_parents(const char *root, const char *relative)
{
    const char *slash = strrchr(relative, '/');
    if (slash == NULL)
        return make_directories(root);
    return make_directories(text("%s/%.*s", root, (int)(slash - relative), relative));
}

/* Lists what is below root, directories before what they contain. */
static bool walk(const char *root, list *directories, list *files, bool links_are_files)
{
    for (size_t next = 0;; next++) {
        const char *below = next == 0 ? "" : directories->items[next - 1];
        list names = {0};
        const char *here = next == 0 ? root : join(root, below);
        if (!os_names(here, &names))
            return problem("%s cannot be read: %s.", here, os_reason());
        for (size_t i = 0; i < names.count; i++) {
            char *path = next == 0 ? names.items[i] : text("%s/%s", below, names.items[i]);
            kind what = os_kind(join(root, path));
            if (what == DIRECTORY)
                list_add(directories, path);
            else if (what == FILE_KIND || links_are_files)
                list_add(files, path);
            else
                return problem("%s is neither a file nor a directory.", join(root, path));
        }
        if (next == directories->count)
            return true;
    }
}

bool files_below(const char *root, list *files)
{
    list directories = {0};
    if (!walk(root, &directories, files, false))
        return false;
    list_sort(files);
    return true;
}

bool remove_tree(const char *path)
{
    list directories = {0}, files = {0};
    kind what = os_kind(path);
    if (what == NOTHING)
        return true;
    if (what != DIRECTORY)
        return os_remove_file(path) || problem("%s cannot be removed: %s.", path, os_reason());
    if (!walk(path, &directories, &files, true))
        return false;
    for (size_t i = 0; i < files.count; i++)
        if (!os_remove_file(join(path, files.items[i])))
            return problem("%s cannot be removed: %s.", join(path, files.items[i]), os_reason());
    for (size_t i = directories.count; i > 0; i--)
        if (!os_remove_directory(join(path, directories.items[i - 1])))
            return problem("%s cannot be removed: %s.", join(path, directories.items[i - 1]), os_reason());
    return os_remove_directory(path) || problem("%s cannot be removed: %s.", path, os_reason());
}

void remove_empty_directories(const char *root, const list *files)
{
    list directories = {0};
    for (size_t i = 0; i < files->count; i++)
        for (const char *at = strchr(files->items[i], '/'); at != NULL; at = strchr(at + 1, '/')) {
            char *above = text("%.*s", (int)(at - files->items[i]), files->items[i]);
            if (!list_has(&directories, above))
                list_add(&directories, above);
        }
    list_sort(&directories); /* a directory sorts before what is below it */
    for (size_t i = directories.count; i > 0; i--)
        os_remove_directory(join(root, directories.items[i - 1])); /* stays when a person's file is in it */
    os_remove_directory(root);
}

bool read_paths(const char *file, list *paths)
{
    static char line[LINE_MAX_BYTES];
    if (os_kind(file) == NOTHING)
        return true;
    FILE *in = os_open(file, "rb");
    if (in == NULL)
        return problem("%s cannot be read: %s.", file, os_reason());
    while (fgets(line, sizeof line, in) != NULL) {
        size_t length = strcspn(line, "\r\n");
        bool ended = line[length] != '\0';
        line[length] = '\0';
        if (!ended || !relative_path_is_sound(line)) {
            fclose(in);
            return problem("%s is damaged: it names a path that no installer writes.", file);
        }
        list_add(paths, text("%s", line));
    }
    bool whole = !ferror(in);
    fclose(in);
    return whole || problem("%s cannot be read: %s.", file, os_reason());
}

bool write_paths(const char *file, const list *paths)
{
    char *part = text("%s.part", file);
    FILE *out = os_open(part, "wb");
    if (out == NULL)
        return problem("%s cannot be written: %s.", part, os_reason());
    for (size_t i = 0; i < paths->count; i++)
        fprintf(out, "%s\n", paths->items[i]);
    if (!os_close_safely(out))
        return problem("%s cannot be written: %s.", part, os_reason());
    if (os_kind(file) != NOTHING && !os_remove_file(file))
        return problem("%s cannot be replaced: %s.", file, os_reason());
    return os_move(part, file) || problem("%s cannot be written: %s.", file, os_reason());
}
