/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories of a person's menus. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool join(char out[FOLDER_PATH_MOST], const char *directory, const char *below)
{
    int length = snprintf(out, FOLDER_PATH_MOST, "%s/%s", directory, below);

    return length > 0 && length < FOLDER_PATH_MOST;
}

static bool base_directory(const char *variable, const char *below_home, char out[FOLDER_PATH_MOST])
{
    const char *value = getenv(variable), *home = getenv("HOME");

    if (value != NULL && value[0] == '/')
        return join(out, value, "");
    return home != NULL && home[0] == '/' && join(out, home, below_home);
}

bool folders_find(struct folders *out)
{
    char data[FOLDER_PATH_MOST], configuration[FOLDER_PATH_MOST];

    return base_directory("XDG_DATA_HOME", ".local/share", data) &&
           base_directory("XDG_CONFIG_HOME", ".config", configuration) &&
           join(out->directory[PLACE_APPLICATIONS], data, "applications") &&
           join(out->directory[PLACE_DIRECTORIES], data, "desktop-directories") &&
           join(out->directory[PLACE_KNOWN], data, "qubes/applications") &&
           join(out->directory[PLACE_MENUS], configuration, "menus/applications-merged");
}

long folder_read(const struct folders *folders, enum place place, const char *file, char *out, size_t size)
{
    char path[FOLDER_PATH_MOST];

    if (!join(path, folders->directory[place], file))
        return -1;
    int in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (in < 0)
        return -1;
    size_t used = 0;
    ssize_t got = 0;
    while (used < size && (got = read(in, out + used, size - used)) > 0)
        used += (size_t)got;
    char beyond;
    bool whole = got >= 0 && (used < size || read(in, &beyond, 1) == 0);
    close(in);
    return whole ? (long)used : -1;
}

static bool make_directories(const char *path)
{
    char part[FOLDER_PATH_MOST];

    snprintf(part, sizeof part, "%s", path);
    for (char *at = strchr(part + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(part, 0700) == 0 || errno == EEXIST;
}

static bool write_all(int out, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t done = write(out, text, left);
        if (done < 0 && errno != EINTR)
            return false;
        text += done > 0 ? done : 0;
        left -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

bool folder_write(const struct folders *folders, enum place place, const char *file, const char *text)
{
    char path[FOLDER_PATH_MOST], made[FOLDER_PATH_MOST];

    if (!join(path, folders->directory[place], file) || !join(made, folders->directory[place], ".qubes-XXXXXX") ||
        !make_directories(folders->directory[place]))
        return false;
    int out = mkostemp(made, O_CLOEXEC);
    if (out < 0)
        return false;
    bool good = write_all(out, text) && fchmod(out, 0644) == 0;
    good = close(out) == 0 && good && rename(made, path) == 0;
    if (!good) {
        int why = errno;
        unlink(made);
        errno = why;
    }
    return good;
}

static bool is_ours(enum place place, const char *file)
{
    if (file[0] == '.')
        return false;
    return place == PLACE_KNOWN || strncmp(file, ENTRY_PREFIX, strlen(ENTRY_PREFIX)) == 0;
}

static bool is_planned(const struct entries *planned, enum place place, const char *file)
{
    for (size_t i = 0; i < planned->count; i++)
        if (planned->items[i].place == place && strcmp(planned->items[i].file, file) == 0)
            return true;
    return false;
}

/* Removes what is too much; the number, or -1. */
static long clean(const struct folders *folders, enum place place, const struct entries *planned)
{
    DIR *directory = opendir(folders->directory[place]);
    long removed = 0;

    if (directory == NULL)
        return errno == ENOENT ? 0 : -1;
    for (struct dirent *each; (each = readdir(directory)) != NULL;) {
        if (!is_ours(place, each->d_name) || is_planned(planned, place, each->d_name))
            continue;
        if (unlinkat(dirfd(directory), each->d_name, 0) != 0 && errno != ENOENT) {
            int why = errno;
            closedir(directory);
            errno = why;
            return -1;
        }
        removed++;
    }
    closedir(directory);
    return removed;
}

static bool is_as_planned(const struct folders *folders, const struct entry *entry, char *buffer, size_t size)
{
    long length = folder_read(folders, entry->place, entry->file, buffer, size);

    return length >= 0 && (size_t)length == strlen(entry->text) && memcmp(buffer, entry->text, (size_t)length) == 0;
}

long folders_apply(const struct folders *folders, const struct entries *planned)
{
    size_t room = 0;
    long changes = 0;

    for (size_t i = 0; i < planned->count; i++)
        if (strlen(planned->items[i].text) > room)
            room = strlen(planned->items[i].text);
    char *buffer = malloc(room + 1);
    if (buffer == NULL)
        return -1;
    for (size_t i = 0; i < planned->count; i++) {
        const struct entry *entry = &planned->items[i];
        if (is_as_planned(folders, entry, buffer, room))
            continue;
        if (!folder_write(folders, entry->place, entry->file, entry->text)) {
            free(buffer);
            return -1;
        }
        changes++;
    }
    free(buffer);
    for (enum place place = 0; place < PLACES; place++) {
        long removed = clean(folders, place, planned);
        if (removed < 0)
            return -1;
        changes += removed;
    }
    return changes;
}
