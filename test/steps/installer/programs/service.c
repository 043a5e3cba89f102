// A real service for installer tests: says which version runs, then waits to be stopped.
#include <windows.h>

#include <stdio.h>

#ifndef VERSION
#define VERSION "1"
#endif

static SERVICE_STATUS_HANDLE handle;
static HANDLE ended;

static void report(DWORD state)
{
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP : 0,
                             0, 0, 0, 0};
    SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context)
{
    (void)type, (void)data, (void)context;
    if (code == SERVICE_CONTROL_STOP) {
        report(SERVICE_STOP_PENDING);
        SetEvent(ended);
    }
    return NO_ERROR;
}

static void WINAPI serve(DWORD count, wchar_t **arguments)
{
    ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerExW(arguments[0], control, NULL);
    (void)count;
    FILE *out = _wfopen(L"C:\\service-ran.txt", L"ab");
    fprintf(out, "%s\n", VERSION);
    fclose(out);
#ifdef BROKEN
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, SERVICE_STOPPED, 0, 1067, 0, 0, 0};
    SetServiceStatus(handle, &status);
    return;
#endif
    report(SERVICE_RUNNING);
    WaitForSingleObject(ended, INFINITE);
    report(SERVICE_STOPPED);
}

int wmain(void)
{
    SERVICE_TABLE_ENTRYW table[] = {{L"", serve}, {NULL, NULL}};
    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
