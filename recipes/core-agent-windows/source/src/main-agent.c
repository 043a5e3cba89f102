/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-agent.exe: the service QubesQrexecAgent of a Windows domain. */
#include "qrexec/agent.h"
#include "qrexec/session.h"
#include "qrexec/windows.h"

int wmain(int argc, wchar_t **argv)
{
    char **arguments = windows_arguments(argc, argv);

    if (arguments == NULL)
        return 1;
    if (qrexec_is_session(argc, arguments))
        return qrexec_session_main(argc, arguments);
    return windows_service_main(L"QubesQrexecAgent", qrexec_agent_run, argc, arguments);
}
