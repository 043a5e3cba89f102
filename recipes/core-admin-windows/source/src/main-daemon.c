/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-daemon.exe: the service QubesQrexecDaemon of an admin domain on Windows. */
#include <stdio.h>

#include "qrexec/daemon.h"
#include "qrexec/windows.h"

/*
 * Whoever is logged on may make calls in the name of the admin domain, as far as policy allows: that is
 * how menus and links reach domains. Nobody can be asked from a service, which has no desktop: what
 * policy would ask is refused.
 */
static const struct qrexec_daemon_options options = {.access = VCHAN_ACCESS_USERS};

static int run(void)
{
    return qrexec_daemon_run(&options);
}

/*
 * Services of the admin domain come from the data directory, where administrators place them. What is
 * installed for domains, in qubes-rpc of the installation, is not offered here.
 */
static void set_service_path(void)
{
    char data[OS_PATH_SIZE], path[OS_PATH_SIZE + 16];

    if (!windows_data(data))
        return;
    snprintf(path, sizeof(path), "%s\\qubes-rpc", data);
    os_set_variable("QREXEC_SERVICE_PATH", path);
}

int wmain(int argc, wchar_t **argv)
{
    char **arguments = windows_arguments(argc, argv);

    if (arguments == NULL)
        return 1;
    set_service_path();
    if (qrexec_is_daemon_task(argc, arguments))
        return qrexec_daemon_task(&options, argc, arguments);
    return windows_service_main(L"QubesQrexecDaemon", run, argc, arguments);
}
