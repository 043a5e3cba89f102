/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an installer does with a service: service install NAME PROGRAM (and starts it) | stop NAME */
#include <windows.h>

#include <wchar.h>

#include "expect.h"

#define LONG_MS 120000

static void await(SC_HANDLE service, DWORD state)
{
    SERVICE_STATUS status;

    for (ULONGLONG end = GetTickCount64() + LONG_MS;; Sleep(100)) {
        EXPECT(QueryServiceStatus(service, &status));
        if (status.dwCurrentState == state)
            return;
        EXPECT(GetTickCount64() < end);
    }
}

int wmain(int argc, wchar_t **argv)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS), service;
    SERVICE_STATUS status;

    EXPECT(argc >= 3 && manager != NULL);
    if (wcscmp(argv[1], L"install") == 0) {
        EXPECT(argc == 4);
        service = CreateServiceW(manager, argv[2], argv[2], SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                 SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, argv[3], NULL, NULL, NULL, NULL, NULL);
        EXPECT(service != NULL);
        for (ULONGLONG end = GetTickCount64() + LONG_MS; !StartServiceW(service, 0, NULL); Sleep(200)) {
            /* The manager may still be starting the system's own services. */
            if (GetLastError() != ERROR_SERVICE_DATABASE_LOCKED || GetTickCount64() >= end) {
                fprintf(stderr, "start: error %lu\n", GetLastError());
                return 1;
            }
        }
        await(service, SERVICE_RUNNING);
    } else {
        service = OpenServiceW(manager, argv[2], SERVICE_ALL_ACCESS);
        EXPECT(service != NULL);
        EXPECT(ControlService(service, SERVICE_CONTROL_STOP, &status));
        await(service, SERVICE_STOPPED);
    }
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return 0;
}
