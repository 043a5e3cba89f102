/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Windows: arguments, log and clipboard file. */
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <shellapi.h>

#define PATH_SIZE 1024

static char *to_utf8(const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *out = size > 0 ? malloc((size_t)size) : NULL;

    if (out)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, out, size, NULL, NULL);
    return out;
}

/* The C runtime's arguments are in the machine's code page; the system's own are not. */
char **os_arguments(int *count, char **vector)
{
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), count);
    char **arguments = wide ? calloc((size_t)*count + 1, sizeof *arguments) : NULL;

    (void)vector;
    for (int i = 0; arguments && i < *count; i++) {
        arguments[i] = to_utf8(wide[i]);
        if (!arguments[i])
            return NULL;
    }
    LocalFree(wide);
    return arguments;
}

bool os_log_to(const char *path)
{
    wchar_t wide[PATH_SIZE];

    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, PATH_SIZE) &&
           _wfreopen(wide, L"a", stderr) && setvbuf(stderr, NULL, _IONBF, 0) == 0;
}

void os_sleep(unsigned milliseconds)
{
    Sleep(milliseconds);
}

/* Below the user's local data, which nobody else may read; the folder is made when it is missing. */
static bool clipboard_path(wchar_t *path, const wchar_t *name)
{
    wchar_t folder[PATH_SIZE];
    DWORD length = GetEnvironmentVariableW(L"LOCALAPPDATA", folder, PATH_SIZE);

    if (!length || length >= PATH_SIZE - 32)
        return false;
    wcscat(folder, L"\\Qubes");
    if (!CreateDirectoryW(folder, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
        return false;
    return _snwprintf(path, PATH_SIZE, L"%ls\\%ls", folder, name) > 0;
}

/* Temporary: kept in memory as long as there is enough of it. */
static HANDLE open_file(const wchar_t *path, DWORD access, DWORD disposition)
{
    return CreateFileW(path, access, 0, NULL, disposition,
                       FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, NULL);
}

bool os_clipboard_put(void *desktop, const uint8_t *bytes, size_t size)
{
    wchar_t path[PATH_SIZE], fresh[PATH_SIZE];
    DWORD written = 0;
    HANDLE file;
    bool done;

    (void)desktop;
    if (!clipboard_path(path, L"clipboard") || !clipboard_path(fresh, L"clipboard.new"))
        return false;
    file = open_file(fresh, GENERIC_WRITE, CREATE_ALWAYS);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    done = WriteFile(file, bytes, (DWORD)size, &written, NULL) && written == size;
    CloseHandle(file);
    return done && MoveFileExW(fresh, path, MOVEFILE_REPLACE_EXISTING);
}

size_t os_clipboard_take(void *desktop, uint8_t bytes[GUI_MAX_CLIPBOARD])
{
    wchar_t path[PATH_SIZE];
    DWORD got = 0;
    HANDLE file;

    (void)desktop;
    if (!clipboard_path(path, L"clipboard"))
        return 0;
    file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return 0;
    if (!ReadFile(file, bytes, GUI_MAX_CLIPBOARD, &got, NULL))
        got = 0;
    CloseHandle(file);
    DeleteFileW(path);
    return got;
}
