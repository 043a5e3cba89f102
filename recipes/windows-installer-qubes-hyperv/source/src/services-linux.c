/* SPDX-License-Identifier: GPL-2.0-or-later */
/* There are no Windows services here: only the list can be read and tested. */
#include "services.h"

static bool absent(void)
{
    return problem("Services exist on Windows only.");
}

bool services_create(const services *all, const char *install)
{
    (void)all;
    (void)install;
    return absent();
}

bool services_start(const services *all)
{
    (void)all;
    return absent();
}

bool services_stop(const services *all)
{
    (void)all;
    return absent();
}

bool services_remove(const services *all)
{
    (void)all;
    return absent();
}
