/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services through the service control manager. */
#include <windows.h>

#include <winsvc.h>

#include "os.h"
#include "services.h"
#include "tree.h"
#include "wide.h"

/* Windows itself gives services 30 seconds to start and to stop; installers wait a little longer. */
enum { WAIT_MS = 45000, POLL_MS = 100 };

static SC_HANDLE open_manager(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    if (manager == NULL)
        problem("The service control manager cannot be opened: %s.", os_reason());
    return manager;
}

/* Waits until the service is in a state. `process`, unless 0, must have ended too. */
static bool wait_for(SC_HANDLE handle, const char *name, DWORD state, DWORD process)
{
    SERVICE_STATUS_PROCESS status;
    DWORD needed;
    ULONGLONG end = GetTickCount64() + WAIT_MS;
    for (;;) {
        if (!QueryServiceStatusEx(handle, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status, &needed))
            return problem("The service %s cannot be asked: %s.", name, os_reason());
        if (status.dwCurrentState == state)
            break;
        if (state == SERVICE_RUNNING && status.dwCurrentState == SERVICE_STOPPED)
            return problem("The service %s ended while it started (code %lu).", name, status.dwWin32ExitCode);
        if (GetTickCount64() > end)
            return problem("The service %s did not %s in time.", name,
                           state == SERVICE_RUNNING ? "start" : "stop");
        Sleep(POLL_MS);
    }
    HANDLE running = process == 0 ? NULL : OpenProcess(SYNCHRONIZE, FALSE, process);
    if (running != NULL) {
        WaitForSingleObject(running, WAIT_MS);
        CloseHandle(running);
    }
    return true;
}

/* Names separated by zeros and ended by two, as the service control manager wants them. */
static wchar_t *dependencies(const list *names)
{
    size_t used = 0;
    wchar_t *all = keep(NULL, sizeof *all);
    for (size_t i = 0; i < names->count; i++) {
        wchar_t *name = wide(names->items[i]);
        size_t length = wcslen(name) + 1;
        all = keep(all, (used + length + 1) * sizeof *all);
        wmemcpy(all + used, name, length);
        used += length;
    }
    all[used] = 0;
    return all;
}

static bool configure(SC_HANDLE handle, const service *what)
{
    SERVICE_DESCRIPTIONW description = {wide(what->description)};
    SERVICE_DELAYED_AUTO_START_INFO delayed = {what->start == START_DELAYED};
    SC_ACTION actions[RESTARTS_MAX];
    for (size_t i = 0; i < what->restart_count; i++)
        actions[i] = (SC_ACTION){SC_ACTION_RESTART, what->restarts[i]};
    /* The count of failures begins anew after a day without one. */
    SERVICE_FAILURE_ACTIONSW failures = {86400, NULL, NULL, (DWORD)what->restart_count, actions};
    if (!ChangeServiceConfig2W(handle, SERVICE_CONFIG_DESCRIPTION, &description))
        return problem("The service %s cannot be described: %s.", what->name, os_reason());
    if (what->start == START_DELAYED &&
        !ChangeServiceConfig2W(handle, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed))
        return problem("The service %s cannot be delayed: %s.", what->name, os_reason());
    if (what->restart_count > 0 && !ChangeServiceConfig2W(handle, SERVICE_CONFIG_FAILURE_ACTIONS, &failures))
        return problem("The service %s cannot be set to restart: %s.", what->name, os_reason());
    return true;
}

static bool create(SC_HANDLE manager, const service *what, const char *install)
{
    static const DWORD modes[] = {SERVICE_AUTO_START, SERVICE_AUTO_START, SERVICE_DEMAND_START, SERVICE_DISABLED};
    SC_HANDLE handle = CreateServiceW(
        manager, wide(what->name), wide(what->display), SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
        modes[what->start], SERVICE_ERROR_NORMAL, wide(services_command(what, install)), NULL, NULL,
        dependencies(&what->depends), what->account == NULL ? NULL : wide(what->account), NULL);
    if (handle == NULL)
        return problem("The service %s cannot be created: %s.", what->name, os_reason());
    bool good = configure(handle, what);
    CloseServiceHandle(handle);
    return good;
}

bool services_create(const services *all, const char *install)
{
    SC_HANDLE manager = open_manager();
    bool good = manager != NULL;
    for (size_t i = 0; good && i < all->count; i++)
        if (os_kind(join(install, all->items[i].program)) != NOTHING)
            good = create(manager, &all->items[i], install);
    if (manager != NULL)
        CloseServiceHandle(manager);
    return good;
}

static bool start_one(SC_HANDLE manager, const service *what)
{
    SC_HANDLE handle = OpenServiceW(manager, wide(what->name), SERVICE_START | SERVICE_QUERY_STATUS);
    if (handle == NULL)
        return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ||
               problem("The service %s cannot be opened: %s.", what->name, os_reason());
    bool good = StartServiceW(handle, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING;
    good = good ? wait_for(handle, what->name, SERVICE_RUNNING, 0)
                : problem("The service %s cannot be started: %s.", what->name, os_reason());
    CloseServiceHandle(handle);
    return good;
}

bool services_start(const services *all)
{
    SC_HANDLE manager = open_manager();
    bool good = manager != NULL;
    for (size_t i = 0; good && i < all->count; i++)
        if (all->items[i].start == START_AUTO || all->items[i].start == START_DELAYED)
            good = start_one(manager, &all->items[i]);
    if (manager != NULL)
        CloseServiceHandle(manager);
    return good;
}

static bool stop_one(SC_HANDLE manager, const wchar_t *name);

static bool stop_dependents(SC_HANDLE manager, SC_HANDLE handle)
{
    DWORD needed = 0, count = 0;
    if (EnumDependentServicesW(handle, SERVICE_ACTIVE, NULL, 0, &needed, &count) ||
        GetLastError() != ERROR_MORE_DATA)
        return true;
    ENUM_SERVICE_STATUSW *all = keep(NULL, needed);
    if (!EnumDependentServicesW(handle, SERVICE_ACTIVE, all, needed, &needed, &count))
        return problem("Services that depend on one cannot be listed: %s.", os_reason());
    for (DWORD i = 0; i < count; i++) /* Windows lists them in the order in which to stop them */
        if (!stop_one(manager, all[i].lpServiceName))
            return false;
    return true;
}

static bool stop_opened(SC_HANDLE manager, SC_HANDLE handle, const char *name)
{
    SERVICE_STATUS_PROCESS status;
    SERVICE_STATUS ignored;
    DWORD needed;
    if (!QueryServiceStatusEx(handle, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status, &needed))
        return problem("The service %s cannot be asked: %s.", name, os_reason());
    if (status.dwCurrentState == SERVICE_STOPPED)
        return true;
    if (!stop_dependents(manager, handle))
        return false;
    if (!ControlService(handle, SERVICE_CONTROL_STOP, &ignored) && GetLastError() != ERROR_SERVICE_NOT_ACTIVE &&
        GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
        return problem("The service %s cannot be stopped: %s.", name, os_reason());
    return wait_for(handle, name, SERVICE_STOPPED, status.dwProcessId);
}

/* A service that does not exist is stopped. */
static bool stop_one(SC_HANDLE manager, const wchar_t *name)
{
    char *readable = narrow(name);
    SC_HANDLE handle = OpenServiceW(manager, name, SERVICE_STOP | SERVICE_QUERY_STATUS | SERVICE_ENUMERATE_DEPENDENTS);
    if (handle == NULL)
        return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ||
               problem("The service %s cannot be opened: %s.", readable, os_reason());
    bool good = stop_opened(manager, handle, readable);
    CloseServiceHandle(handle);
    return good;
}

bool services_stop(const services *all)
{
    SC_HANDLE manager = open_manager();
    bool good = manager != NULL;
    for (size_t i = all->count; good && i > 0; i--)
        good = stop_one(manager, wide(all->items[i - 1].name));
    if (manager != NULL)
        CloseServiceHandle(manager);
    return good;
}

static bool remove_one(SC_HANDLE manager, const service *what)
{
    SC_HANDLE handle = OpenServiceW(manager, wide(what->name), DELETE);
    if (handle == NULL)
        return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ||
               problem("The service %s cannot be opened: %s.", what->name, os_reason());
    bool good = DeleteService(handle) || GetLastError() == ERROR_SERVICE_MARKED_FOR_DELETE ||
                problem("The service %s cannot be removed: %s.", what->name, os_reason());
    CloseServiceHandle(handle);
    return good;
}

bool services_remove(const services *all)
{
    if (!services_stop(all))
        return false;
    SC_HANDLE manager = open_manager();
    bool good = manager != NULL;
    for (size_t i = all->count; good && i > 0; i--)
        good = remove_one(manager, &all->items[i - 1]);
    if (manager != NULL)
        CloseServiceHandle(manager);
    return good;
}
