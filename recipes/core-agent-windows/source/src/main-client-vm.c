/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-client-vm.exe: calls a service in another domain. */
#include "qrexec/session.h"
#include "qrexec/windows.h"

int wmain(int argc, wchar_t **argv)
{
    char **arguments = windows_arguments(argc, argv);

    return arguments != NULL ? qrexec_call_main(QREXEC_AGENT, argc, arguments) : QREXEC_EXIT_PROBLEM;
}
