/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as block devices: each volume is one device of device-mapper over loop devices. A loop device is
 * detached as soon as it is in use, so it goes with the device above it and nothing has to be remembered.
 */
#include "volumes-linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program-linux.h"

#define SECTOR 512
#define CHUNK "16" /* sectors that a layer copies at a time: 8 KiB, two of its guests' pages */

static qubes_status fail(qubes_error *err, qubes_status status, const char *about, const char *why)
{
    snprintf(err->text, sizeof err->text, "%.250s: %.200s", about, why);
    return err->status = status;
}

static qubes_status run(const char *const *argv, char *output, size_t size, const char *about, qubes_error *err)
{
    char why[200] = "", unused[2];
    int code = program_run(argv, output ? output : unused, output ? size : sizeof unused, why, sizeof why);
    if (code == 0)
        return QUBES_OK;
    return fail(err, XEN_FAILED, about, why[0] ? why : code < 0 ? strerror(errno) : "the tool gave no reason");
}

/* ---- Files ---- */

bool volumes_exists(void *context, const char *path)
{
    (void)context;
    return access(path, F_OK) == 0;
}

qubes_status volumes_read_text(void *context, const char *path, char *out, size_t size, qubes_error *err)
{
    (void)context;
    FILE *file = fopen(path, "re");
    if (!file)
        return fail(err, errno == ENOENT ? QUBES_E_NOT_FOUND : QUBES_E_SYSTEM, path, strerror(errno));
    size_t length = fread(out, 1, size - 1, file);
    out[length] = '\0';
    bool failed = ferror(file) != 0;
    fclose(file);
    return failed ? fail(err, QUBES_E_SYSTEM, path, "cannot be read") : QUBES_OK;
}

/* The finished file in its place at once: a name that ends with ".new" loses that. */
static qubes_status put_in_place(const char *path, qubes_error *err)
{
    char final[QUBES_PATH_MAX + 8];
    size_t length = strlen(path);
    if (length < 5 || length >= sizeof final || strcmp(path + length - 4, ".new") != 0)
        return QUBES_OK;
    memcpy(final, path, length - 4);
    final[length - 4] = '\0';
    return rename(path, final) == 0 ? QUBES_OK : fail(err, QUBES_E_SYSTEM, final, strerror(errno));
}

qubes_status volumes_copy_file(void *context, const char *from, const char *to, qubes_error *err)
{
    (void)context;
    const char *const argv[] = {"cp", "--sparse=always", "--reflink=auto", "--no-target-directory", "--", from, to,
                                NULL};
    qubes_status status = run(argv, NULL, 0, to, err);
    return status == QUBES_OK ? put_in_place(to, err) : status;
}

qubes_status volumes_new_file(void *context, const char *path, uint64_t bytes, qubes_error *err)
{
    (void)context;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return fail(err, QUBES_E_SYSTEM, path, strerror(errno));
    bool sized = ftruncate(file, (off_t)bytes) == 0;
    int cause = errno;
    close(file);
    return sized ? QUBES_OK : fail(err, QUBES_E_SYSTEM, path, strerror(cause));
}

qubes_status volumes_remove_file(void *context, const char *path, qubes_error *err)
{
    (void)context;
    return unlink(path) == 0 || errno == ENOENT ? QUBES_OK : fail(err, QUBES_E_SYSTEM, path, strerror(errno));
}

/* ---- Devices ---- */

/* Gives back a loop device: at once, or when what lies over it goes. */
static void release_loop(const char *loop)
{
    const char *const argv[] = {"losetup", "--detach", loop, NULL};
    qubes_error ignored;
    if (loop[0])
        run(argv, NULL, 0, loop, &ignored);
}

static qubes_status open_loop(const char *file, bool writable, char loop[XEN_DEVICE_SIZE], qubes_error *err)
{
    const char *const argv[] = {"losetup", "--find", "--show", writable ? "--direct-io=off" : "--read-only",
                                "--", file, NULL};
    loop[0] = '\0';
    qubes_status status = run(argv, loop, XEN_DEVICE_SIZE, file, err);
    if (status != QUBES_OK)
        loop[0] = '\0';
    return status;
}

static qubes_status sectors_of(const char *path, unsigned long long *sectors, qubes_error *err)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return fail(err, QUBES_E_SYSTEM, path, strerror(errno));
    *sectors = (unsigned long long)about.st_size / SECTOR;
    return *sectors > 0 ? QUBES_OK : fail(err, QUBES_E_INVALID, path, "is empty");
}

static qubes_status map(const char *name, const char *table, bool writable, qubes_error *err)
{
    const char *const read_only[] = {"dmsetup", "create", name, "--table", table, "--readonly", NULL};
    const char *const read_write[] = {"dmsetup", "create", name, "--table", table, NULL};
    return run(writable ? read_write : read_only, NULL, 0, name, err);
}

static qubes_status open_file(const char *name, const char *file, bool writable, qubes_error *err)
{
    char loop[XEN_DEVICE_SIZE], table[256];
    unsigned long long sectors;
    qubes_status status = sectors_of(file, &sectors, err);
    if (status == QUBES_OK)
        status = open_loop(file, writable, loop, err);
    if (status != QUBES_OK)
        return status;
    snprintf(table, sizeof table, "0 %llu linear %s 0", sectors, loop);
    status = map(name, table, writable, err);
    release_loop(loop);
    return status;
}

/* What is written goes to a file without a beginning; device-mapper remembers in memory what is where in it. */
static qubes_status open_layer(const char *name, const char *file, const char *base, qubes_error *err)
{
    char below[XEN_DEVICE_SIZE] = "", layer[XEN_DEVICE_SIZE] = "", table[256];
    unsigned long long sectors;
    qubes_status status = sectors_of(base, &sectors, err);
    if (status == QUBES_OK) /* room for all of it: a layer that is full breaks its domain */
        status = volumes_new_file(NULL, file, (sectors + 4096) * SECTOR, err);
    if (status == QUBES_OK)
        status = open_loop(base, false, below, err);
    if (status == QUBES_OK)
        status = open_loop(file, true, layer, err);
    if (status == QUBES_OK) {
        snprintf(table, sizeof table, "0 %llu snapshot %s %s N " CHUNK, sectors, below, layer);
        status = map(name, table, true, err);
    }
    release_loop(below);
    release_loop(layer);
    return status;
}

qubes_status volumes_open(void *context, const char *name, const char *file, const char *base, bool writable,
                          char device[XEN_DEVICE_SIZE], qubes_error *err)
{
    (void)context;
    int length = snprintf(device, XEN_DEVICE_SIZE, "/dev/mapper/%s", name);
    if (length < 0 || length >= XEN_DEVICE_SIZE)
        return fail(err, QUBES_E_SYSTEM, name, "the name is too long");
    return base ? open_layer(name, file, base, err) : open_file(name, file, writable, err);
}

qubes_status volumes_close(void *context, const char *name, qubes_error *err)
{
    char device[XEN_DEVICE_SIZE];
    const char *const argv[] = {"dmsetup", "remove", "--retry", name, NULL};
    snprintf(device, sizeof device, "/dev/mapper/%s", name);
    return volumes_exists(context, device) ? run(argv, NULL, 0, name, err) : QUBES_OK;
}

/* ---- One process at a time ---- */

qubes_status volumes_lock(void *context, const char *directory, int *lock, qubes_error *err)
{
    (void)context;
    *lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return fail(err, QUBES_E_SYSTEM, directory, strerror(errno));
    while (flock(*lock, LOCK_EX) != 0)
        if (errno != EINTR) {
            close(*lock);
            return fail(err, QUBES_E_SYSTEM, directory, strerror(errno));
        }
    return QUBES_OK;
}

void volumes_unlock(void *context, int lock)
{
    (void)context;
    close(lock);
}
