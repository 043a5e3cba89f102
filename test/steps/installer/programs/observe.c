// What Wine's own tools do not tell exactly: whole exit codes and the state of services.
//   observe run                                starts %OBSERVE_COMMAND%, a whole command line, and prints its
//                                              exit code, of which Unix would keep eight bits
//   observe service NAME                       prints absent or the state's number
//   observe values KEY                         prints NAME=TEXT of each text below HKLM\KEY, in UTF-8
//   observe hold FILE READY                    keeps FILE open for itself alone; makes READY, then stays
#include <windows.h>

#include <stdio.h>

static int run(void)
{
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION process;
    DWORD code;
    wchar_t line[4096];
    GetEnvironmentVariableW(L"OBSERVE_COMMAND", line, sizeof line / sizeof *line);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) {
        printf("start failed %lu\n", GetLastError());
        return 1;
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    printf("%lu\n", code);
    return 0;
}

static int values(const wchar_t *name)
{
    wchar_t value[256], text[4096];
    char line[16384];
    HKEY key;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, name, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return 1;
    for (DWORD i = 0;; i++) {
        DWORD length = sizeof value / sizeof *value, size = sizeof text, type;
        if (RegEnumValueW(key, i, value, &length, NULL, &type, (BYTE *)text, &size) != ERROR_SUCCESS)
            return 0;
        WideCharToMultiByte(CP_UTF8, 0, value, -1, line, sizeof line, NULL, NULL);
        printf("%s=", line);
        WideCharToMultiByte(CP_UTF8, 0, text, -1, line, sizeof line, NULL, NULL);
        puts(line);
    }
}

int wmain(int count, wchar_t **arguments)
{
    SERVICE_STATUS status;
    if (count < 2)
        return 2;
    if (wcscmp(arguments[1], L"run") == 0)
        return run();
    if (wcscmp(arguments[1], L"values") == 0)
        return values(arguments[2]);
    if (count > 3 && wcscmp(arguments[1], L"hold") == 0) {
        HANDLE held = CreateFileW(arguments[2], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (held == INVALID_HANDLE_VALUE)
            return 1;
        CloseHandle(CreateFileW(arguments[3], GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
        Sleep(INFINITE);
    }
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, arguments[2], SERVICE_QUERY_STATUS);
    if (service == NULL || !QueryServiceStatus(service, &status))
        puts("absent");
    else
        printf("%lu\n", status.dwCurrentState);
    return 0;
}
