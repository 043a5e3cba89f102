/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a planned machine with its volumes, and taking them away again. */
#include "machine.h"

#include <stdio.h>
#include <string.h>

/* Where Debian's images have their root file system: docs/templates.md, "The disk". */
#define ROOT "root=/dev/xvda3 ro"

static const char *const volume_names[] = {"modules", "private", "root"};

/* Names of block devices have the domain's number: no text of a person. */
static void name_volume(char out[32], uint32_t domain, const char *volume)
{
    snprintf(out, 32, "qubes-%u-%s", (unsigned)domain, volume);
}

static qubes_status prepare_file(const xen *on, const plan_volume *volume, qubes_error *err)
{
    char unfinished[QUBES_PATH_MAX + 8];
    switch (volume->source) {
    case SOURCE_COPY: /* whole or not at all */
        snprintf(unfinished, sizeof unfinished, "%s.new", volume->file);
        return on->copy_file(on->context, volume->base, unfinished, err);
    case SOURCE_NEW:
        return on->new_file(on->context, volume->file, PLAN_PRIVATE_BYTES, err);
    default:
        return QUBES_OK;
    }
}

static qubes_status open_volume(const xen *on, uint32_t domain, const plan_volume *volume,
                                char device[XEN_DEVICE_SIZE], qubes_error *err)
{
    char name[32];
    bool layer = volume->source == SOURCE_LAYER;
    name_volume(name, domain, volume->name);
    qubes_status status = prepare_file(on, volume, err);
    return status == QUBES_OK ? on->open_volume(on->context, name, volume->file, layer ? volume->base : NULL,
                                                volume->writable, device, err)
                              : status;
}

/* The kernel's own parameters, then where the domain's volumes are. */
static qubes_status command_line(const xen *on, const plan *from, char out[XEN_COMMAND_LINE_SIZE], qubes_error *err)
{
    char options[XEN_COMMAND_LINE_SIZE / 2] = "";
    out[0] = '\0';
    if (!from->options[0])
        return QUBES_OK; /* a template's GRUB has its own */
    qubes_status status = on->read_text(on->context, from->options, options, sizeof options, err);
    if (status != QUBES_OK)
        return status;
    options[strcspn(options, "\r\n")] = '\0';
    snprintf(out, XEN_COMMAND_LINE_SIZE, ROOT " qubes.modules=/dev/xvdd %s", options);
    return QUBES_OK;
}

static qubes_status close_volumes(const xen *on, uint32_t domain, qubes_error *err)
{
    qubes_status worst = QUBES_OK;
    for (size_t i = 0; i < sizeof volume_names / sizeof volume_names[0]; i++) {
        char name[32];
        qubes_error one;
        name_volume(name, domain, volume_names[i]);
        qubes_status status = on->close_volume(on->context, name, &one);
        if (status != QUBES_OK && worst == QUBES_OK) {
            *err = one;
            worst = status;
        }
    }
    return worst;
}

qubes_status machine_make(const xen *on, const plan *from, xen_instance *instance, qubes_error *err)
{
    char devices[PLAN_VOLUMES_MOST][XEN_DEVICE_SIZE], options[XEN_COMMAND_LINE_SIZE];
    xen_request request = {.from = from, .devices = (const char(*)[XEN_DEVICE_SIZE])devices, .command_line = options};
    qubes_error ignored;
    qubes_status status = command_line(on, from, options, err);
    for (size_t i = 0; i < from->volume_count && status == QUBES_OK; i++)
        status = open_volume(on, from->domain.id, &from->volumes[i], devices[i], err);
    if (status == QUBES_OK)
        status = on->create(on->context, &request, instance, err);
    if (status != QUBES_OK)
        close_volumes(on, from->domain.id, &ignored);
    return status;
}

qubes_status machine_clean_up(const xen *on, const qubes_domain *domain, const char *directory, qubes_error *err)
{
    char path[QUBES_PATH_MAX * 2];
    qubes_error ignored;
    qubes_status status = close_volumes(on, domain->id, err);
    if (status != QUBES_OK)
        return status;
    snprintf(path, sizeof path, "%s/root.layer", directory);
    on->remove_file(on->context, path, &ignored);
    if (domain->cls == QUBES_CLASS_DISP) {
        snprintf(path, sizeof path, "%s/private.img", directory);
        on->remove_file(on->context, path, &ignored);
    }
    return QUBES_OK;
}
