/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Registering a template's root image after checking what it is. */
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "os.h"
#include "qubes-admin/domain.h"
#include "record.h"
#include "sha256.h"
#include "store.h"

static qubes_status hash_file(const char *path, char out[65], qubes_error *err)
{
    unsigned char buffer[65536];
    sha256 context;
    FILE *file = os_open_file(path, err);
    if (!file)
        return QUBES_E_NOT_FOUND;
    sha256_init(&context);
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0)
        sha256_add(&context, buffer, count);
    bool broken = ferror(file) != 0;
    fclose(file);
    if (broken)
        return qubes_fail(err, QUBES_E_SYSTEM, "%s: cannot be read", path);
    sha256_finish(&context, out);
    return QUBES_OK;
}

/* Below the data directory the relative path is kept, so that the directory can move. */
static const char *relative_to_data(const qubes_paths *paths, const char *file)
{
    size_t length = strlen(paths->data);
    if (strncmp(file, paths->data, length) == 0 && (file[length] == '/' || file[length] == OS_SEPARATOR) &&
        !strstr(file + length, ".."))
        return file + length + 1;
    return file;
}

static qubes_status set_image(qubes_domain *domain, const char *image, const char *sha256, qubes_error *err)
{
    qubes_status status = record_set(domain, "image", image, err);
    return status == QUBES_OK ? record_set(domain, "image_sha256", sha256, err) : status;
}

static qubes_status update(const qubes_paths *paths, const char *name, const char *image, const char *sha256,
                           qubes_error *err)
{
    qubes_domain domain;
    conf lines;
    qubes_status status = store_read(paths, name, &domain, &lines, err);
    if (status != QUBES_OK)
        return status;
    if (domain.cls != QUBES_CLASS_TEMPLATE)
        status = qubes_fail(err, QUBES_E_EXISTS, "domain %s exists and is not a TemplateVM", name);
    if (status == QUBES_OK)
        status = set_image(&domain, image, sha256, err);
    if (status == QUBES_OK)
        status = store_write(paths, &domain, &lines, err);
    conf_free(&lines);
    return status;
}

static qubes_status check_file(const char *file, const char *sha256, qubes_error *err)
{
    char actual[65];
    qubes_status status = hash_file(file, actual, err);
    if (status == QUBES_OK && strcmp(actual, sha256) != 0)
        status = qubes_fail(err, QUBES_E_DAMAGED, "%s: its sha-256 is %s, not %s", file, actual, sha256);
    return status;
}

static qubes_status find_file(const char *file, qubes_error *err)
{
    FILE *found = os_open_file(file, err);
    if (!found)
        return QUBES_E_NOT_FOUND;
    fclose(found);
    return QUBES_OK;
}

static qubes_status put_image(const qubes_paths *paths, const char *name, const char *file, const char *sha256,
                              bool checked, qubes_error *err)
{
    qubes_domain probe;
    os_lock lock;
    if (!os_path_is_absolute(file))
        return qubes_fail(err, QUBES_E_INVALID, "%s: give the absolute path of the image", file);
    record_init(&probe, "probe", QUBES_CLASS_TEMPLATE);
    qubes_status status = set_image(&probe, relative_to_data(paths, file), sha256, err);
    if (status == QUBES_OK && !sha256[0])
        status = qubes_fail(err, QUBES_E_INVALID, "the sha-256 of the image is missing");
    if (status == QUBES_OK)
        status = checked ? find_file(file, err) : check_file(file, probe.image_sha256, err);
    if (status != QUBES_OK)
        return status;

    qubes_domain_new what = {.name = name, .cls = "TemplateVM", .label = "black"};
    status = qubes_domain_create(paths, &what, NULL, err);
    if (status != QUBES_OK && status != QUBES_E_EXISTS)
        return status;
    status = store_lock(paths, &lock, err);
    if (status == QUBES_OK) {
        status = update(paths, name, probe.image, probe.image_sha256, err);
        os_unlock_file(&lock);
    }
    return status;
}

qubes_status qubes_template_register(const qubes_paths *paths, const char *name, const char *file,
                                     const char *sha256, qubes_error *err)
{
    return put_image(paths, name, file, sha256, false, err);
}

qubes_status qubes_template_register_checked(const qubes_paths *paths, const char *name, const char *file,
                                             const char *sha256, qubes_error *err)
{
    return put_image(paths, name, file, sha256, true, err);
}
