/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where there is no Hyper-V: only questions about files have answers. */
#include <stdio.h>
#include <unistd.h>

#include "hyperv.h"

static qubes_status absent(void *context, qubes_error *err)
{
    (void)context;
    snprintf(err->text, sizeof err->text, "Hyper-V is absent: this is not Windows");
    return err->status = HYPERV_ABSENT;
}

static bool exists(void *context, const char *path)
{
    (void)context;
    return access(path, F_OK) == 0;
}

/* The newest documents, as a look at what Windows would be given. */
static unsigned windows_build(void *context)
{
    (void)context;
    return 22621;
}

static qubes_status no_service(void *context, const char *id, const char *name, qubes_error *err)
{
    (void)id, (void)name;
    return absent(context, err);
}

static qubes_status no_services(void *context, const char *prefix, qubes_error *err)
{
    (void)prefix;
    return absent(context, err);
}

const hyperv *hyperv_system(void)
{
    /* What is not here is never called: each verb begins with check. */
    static const hyperv none = {.check = absent,
                                .windows_build = windows_build,
                                .exists = exists,
                                .register_service = no_service,
                                .unregister_services = no_services};
    return &none;
}
