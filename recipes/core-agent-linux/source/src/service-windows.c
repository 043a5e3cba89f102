/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that the service manager of Windows starts and stops, or that run in a console. */
#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "qrexec/windows.h"
#include "wide-windows.h"

#define LOG_MOST (1 << 20) /* bytes after which a new log begins */
#define STOP_WAIT_MS 20000 /* ending all sessions, each politely first */

static const wchar_t *service_name;
static int (*service_run)(void);
static SERVICE_STATUS_HANDLE service_handle;

static void report_state(DWORD state, DWORD code)
{
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0,
        .dwWin32ExitCode = code != 0 ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR,
        .dwServiceSpecificExitCode = code,
        .dwWaitHint = state == SERVICE_STOP_PENDING ? STOP_WAIT_MS : 0,
    };

    SetServiceStatus(service_handle, &status);
}

static DWORD WINAPI on_control(DWORD control, DWORD kind, void *data, void *context)
{
    (void)kind;
    (void)data;
    (void)context;
    switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        report_state(SERVICE_STOP_PENDING, 0);
        os_event_set(os_stop_event());
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static void start_new_log(const wchar_t *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    wchar_t old[OS_PATH_SIZE];

    if (GetFileAttributesExW(path, GetFileExInfoStandard, &data) &&
        (data.nFileSizeHigh > 0 || data.nFileSizeLow > LOG_MOST) &&
        swprintf(old, OS_PATH_SIZE, L"%ls.old", path) > 0)
        MoveFileExW(path, old, MOVEFILE_REPLACE_EXISTING);
}

/* Sends standard error, our own and that of the processes we start, to the log. */
static void open_log(void)
{
    char data[OS_PATH_SIZE];
    wchar_t wide[OS_PATH_SIZE], path[OS_PATH_SIZE];

    if (!windows_data(data) || !wide_from(data, wide, OS_PATH_SIZE))
        return;
    CreateDirectoryW(wide, NULL);
    if (swprintf(path, OS_PATH_SIZE, L"%ls\\log", wide) < 0)
        return;
    CreateDirectoryW(path, NULL);
    if (swprintf(path, OS_PATH_SIZE, L"%ls\\log\\%ls.log", wide, service_name) < 0)
        return;
    start_new_log(path);
    HANDLE log = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                             OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    int descriptor = log != INVALID_HANDLE_VALUE ? _open_osfhandle((intptr_t)log, _O_APPEND | _O_BINARY) : -1;
    FILE *file = descriptor >= 0 ? _fdopen(descriptor, "ab") : NULL;
    if (file == NULL)
        return;
    SetStdHandle(STD_ERROR_HANDLE, log);
    /* A service begins without stderr, and freopen cannot open what never was; msvcrt's FILE may be copied. */
    setvbuf(file, NULL, _IONBF, 0);
    *stderr = *file;
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    (void)argc;
    (void)argv;
    service_handle = RegisterServiceCtrlHandlerExW(service_name, on_control, NULL);
    if (service_handle == NULL)
        return;
    report_state(SERVICE_START_PENDING, 0);
    open_log();
    if (os_stop_event() == NULL) {
        report_state(SERVICE_STOPPED, 1);
        return;
    }
    report_state(SERVICE_RUNNING, 0);
    report_state(SERVICE_STOPPED, (DWORD)service_run());
}

int windows_service_main(const wchar_t *name, int (*run)(void), int argc, char **argv)
{
    SERVICE_TABLE_ENTRYW table[] = {{(wchar_t *)name, service_main}, {NULL, NULL}};

    service_name = name;
    service_run = run;
    if (argc == 2 && strcmp(argv[1], "--console") == 0)
        return run();
    if (argc == 1 && StartServiceCtrlDispatcherW(table))
        return 0;
    fprintf(stderr, "This is the program of the service %ls, which the system starts.\n"
                    "usage: %s --console    runs it in this window until Ctrl-C\n",
            name, argv[0]);
    return 2;
}
