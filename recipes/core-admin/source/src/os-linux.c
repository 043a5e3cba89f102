/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the library needs from the operating system, on Linux. */
#include "os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

static qubes_status fail_errno(qubes_error *err, const char *path, const char *doing)
{
    int code = errno;
    return qubes_fail(err, code == ENOENT ? QUBES_E_NOT_FOUND : QUBES_E_SYSTEM, "%s: %s: %s", path, doing,
                      strerror(code));
}

bool os_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

static bool directory_from(const char *variable, const char *usual, char out[QUBES_PATH_MAX])
{
    const char *value = secure_getenv(variable);
    if (!qubes_copy(out, QUBES_PATH_MAX, value && *value ? value : usual))
        return false;
    for (size_t length = strlen(out); length > 1 && out[length - 1] == '/'; length--)
        out[length - 1] = '\0';
    return true;
}

qubes_status os_find_paths(qubes_paths *out, qubes_error *err)
{
    char config[QUBES_PATH_MAX];
    if (!directory_from("QUBES_INSTALL", "/usr", out->install) ||
        !directory_from("QUBES_DATA", "/var/lib/qubes", out->data) ||
        !directory_from("QUBES_CONFIG", "/etc/qubes", config))
        return qubes_fail(err, QUBES_E_SYSTEM, "a path in the environment is too long");
    qubes_status status = qubes_join(out->policy, sizeof out->policy, config, "policy.d", err);
    if (status != QUBES_OK)
        return status;
    return qubes_join(out->driver, sizeof out->driver, out->install, "share/qubes/vmm/driver", err);
}

qubes_status os_read_file(const char *path, size_t limit, char **data, size_t *size, qubes_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fail_errno(err, path, "open");
    char *buffer = malloc(limit + 2); /* one byte more shows that there is more; one for the NUL */
    if (!buffer) {
        close(file);
        return qubes_fail_memory(err);
    }
    size_t used = 0;
    ssize_t count = 1;
    while (count != 0 && used <= limit) {
        count = read(file, buffer + used, limit + 1 - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            break;
        used += (size_t)count;
    }
    qubes_status status = QUBES_OK;
    if (count < 0)
        status = fail_errno(err, path, "read");
    else if (used > limit)
        status = qubes_fail(err, QUBES_E_DAMAGED, "%s:1: larger than %zu bytes", path, limit);
    close(file);
    if (status != QUBES_OK) {
        free(buffer);
        return status;
    }
    buffer[used] = '\0';
    *data = buffer;
    *size = used;
    return QUBES_OK;
}

static bool write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(file, data, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        data += count;
        size -= (size_t)count;
    }
    return true;
}

/* The rename itself must reach the disk too. */
static qubes_status flush_directory_of(const char *path, qubes_error *err)
{
    char directory[QUBES_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length == 0 || length >= sizeof directory)
        return QUBES_OK;
    memcpy(directory, path, length);
    directory[length] = '\0';
    int handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return fail_errno(err, directory, "open");
    qubes_status status = fsync(handle) == 0 ? QUBES_OK : fail_errno(err, directory, "flush");
    close(handle);
    return status;
}

qubes_status os_write_file(const char *path, const char *data, size_t size, qubes_error *err)
{
    char fresh[QUBES_PATH_MAX];
    if (!qubes_print(fresh, sizeof fresh, "%s.new", path))
        return qubes_fail(err, QUBES_E_SYSTEM, "path too long: %s", path);
    int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return fail_errno(err, fresh, "create");
    qubes_status status = QUBES_OK;
    if (!write_all(file, data, size) || fsync(file) != 0)
        status = fail_errno(err, fresh, "write");
    close(file);
    if (status == QUBES_OK && rename(fresh, path) != 0)
        status = fail_errno(err, path, "replace");
    if (status != QUBES_OK) {
        unlink(fresh);
        return status;
    }
    return flush_directory_of(path, err);
}

FILE *os_open_file(const char *path, qubes_error *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_errno(err, path, "open");
    return file;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const os_entry *)a)->name, ((const os_entry *)b)->name);
}

void os_listing_free(os_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    listing->entries = NULL;
    listing->count = 0;
}

static qubes_status append_entry(os_listing *out, int directory, const char *name, qubes_error *err)
{
    struct stat info;
    if (fstatat(directory, name, &info, 0) != 0)
        info.st_mode = 0; /* gone, or a dangling link: not a directory */
    os_entry *entries = realloc(out->entries, (out->count + 1) * sizeof *entries);
    if (!entries)
        return qubes_fail_memory(err);
    out->entries = entries;
    entries[out->count].name = strdup(name);
    entries[out->count].directory = S_ISDIR(info.st_mode);
    if (!entries[out->count].name)
        return qubes_fail_memory(err);
    out->count++;
    return QUBES_OK;
}

qubes_status os_list_directory(const char *path, os_listing *out, bool *exists, qubes_error *err)
{
    out->count = 0;
    out->entries = NULL;
    DIR *directory = opendir(path);
    if (exists)
        *exists = directory != NULL || errno != ENOENT;
    if (!directory)
        return errno == ENOENT ? QUBES_OK : fail_errno(err, path, "list");
    qubes_status status = QUBES_OK;
    const struct dirent *entry;
    while (status == QUBES_OK && (errno = 0, entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = append_entry(out, dirfd(directory), entry->d_name, err);
    if (status == QUBES_OK && errno != 0)
        status = fail_errno(err, path, "list");
    closedir(directory);
    if (status != QUBES_OK)
        os_listing_free(out);
    else if (out->count > 1)
        qsort(out->entries, out->count, sizeof *out->entries, by_name);
    return status;
}

bool os_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

qubes_status os_make_directories(const char *path, qubes_error *err)
{
    char part[QUBES_PATH_MAX];
    if (!qubes_copy(part, sizeof part, path))
        return qubes_fail(err, QUBES_E_SYSTEM, "path too long: %s", path);
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return fail_errno(err, part, "create directory");
        if (!slash)
            return QUBES_OK;
        *slash = '/';
    }
}

qubes_status os_rename(const char *from, const char *to, qubes_error *err)
{
    if (rename(from, to) != 0)
        return fail_errno(err, from, "rename");
    return flush_directory_of(to, err);
}

qubes_status os_remove_tree(const char *path, qubes_error *err)
{
    struct stat info;
    os_listing listing;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? QUBES_OK : fail_errno(err, path, "remove");
    if (!S_ISDIR(info.st_mode))
        return unlink(path) == 0 || errno == ENOENT ? QUBES_OK : fail_errno(err, path, "remove");
    qubes_status status = os_list_directory(path, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    /* The recursion ends: a path longer than QUBES_PATH_MAX is an error. */
    for (size_t i = 0; i < listing.count && status == QUBES_OK; i++) {
        char entry[QUBES_PATH_MAX];
        status = qubes_join(entry, sizeof entry, path, listing.entries[i].name, err);
        if (status == QUBES_OK)
            status = os_remove_tree(entry, err);
    }
    os_listing_free(&listing);
    if (status == QUBES_OK && rmdir(path) != 0)
        status = fail_errno(err, path, "remove");
    return status;
}

qubes_status os_lock_file(const char *path, bool wait, os_lock *out, qubes_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return fail_errno(err, path, "open");
    while (flock(file, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        bool taken = errno == EWOULDBLOCK;
        if (!taken)
            fail_errno(err, path, "lock");
        close(file);
        return taken ? qubes_fail(err, QUBES_E_IN_USE, "%s: locked", path) : QUBES_E_SYSTEM;
    }
    out->handle = file;
    return QUBES_OK;
}

void os_unlock_file(os_lock *lock)
{
    close((int)lock->handle);
}
