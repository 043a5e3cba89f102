/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs, the profile, PATH and registry on Windows. */
#include <windows.h>

#include "os.h"
#include "wide.h"

/* Appends one argument so that CommandLineToArgvW and the C run-time give it back unchanged. */
static wchar_t *append_argument(wchar_t *line, const wchar_t *argument)
{
    size_t used = line == NULL ? 0 : wcslen(line);
    wchar_t *out = keep(line, (used + 2 * wcslen(argument) + 4) * sizeof *out);
    wchar_t *to = out + used;
    if (used > 0)
        *to++ = L' ';
    *to++ = L'"';
    for (;; argument++) {
        size_t slashes = wcsspn(argument, L"\\");
        argument += slashes;
        /* Backslashes are literal unless a quote follows them. */
        for (size_t i = 0; i < (*argument == L'"' || *argument == 0 ? 2 * slashes : slashes); i++)
            *to++ = L'\\';
        if (*argument == 0)
            break;
        if (*argument == L'"')
            *to++ = L'\\';
        *to++ = *argument;
    }
    *to++ = L'"';
    *to = 0;
    return out;
}

long os_run(const char *program, char *const arguments[], size_t count)
{
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION process;
    DWORD code;
    wchar_t *line = append_argument(NULL, wide(program));
    for (size_t i = 0; i < count; i++)
        line = append_argument(line, wide(arguments[i]));
    if (!CreateProcessW(wide(program), line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &start, &process))
        return -1;
    WaitForSingleObject(process.hProcess, INFINITE);
    bool known = GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return known ? (long)code : -1;
}

char *os_profile(void)
{
    wchar_t path[4096];
    DWORD length = GetEnvironmentVariableW(L"USERPROFILE", path, sizeof path / sizeof *path);
    return length == 0 || length >= sizeof path / sizeof *path ? NULL : narrow(path);
}

typedef struct variable {
    HKEY key;
    DWORD type;
    wchar_t *value;
} variable;

static bool open_path(variable *path, bool machine)
{
    LONG why = machine ? RegOpenKeyExW(HKEY_LOCAL_MACHINE,
                                       L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment", 0,
                                       KEY_READ | KEY_WRITE, &path->key)
                       : RegCreateKeyExW(HKEY_CURRENT_USER, L"Environment", 0, NULL, 0, KEY_READ | KEY_WRITE, NULL,
                                         &path->key, NULL);
    if (why != ERROR_SUCCESS)
        return problem("PATH cannot be opened: error %ld.", why);
    DWORD size = 0;
    path->type = REG_EXPAND_SZ;
    path->value = keep(NULL, sizeof *path->value);
    path->value[0] = 0;
    why = RegQueryValueExW(path->key, L"Path", NULL, &path->type, NULL, &size);
    if (why == ERROR_FILE_NOT_FOUND)
        return true;
    if (why == ERROR_SUCCESS && (path->type == REG_SZ || path->type == REG_EXPAND_SZ)) {
        path->value = keep(path->value, size + sizeof *path->value);
        why = RegQueryValueExW(path->key, L"Path", NULL, &path->type, (BYTE *)path->value, &size);
        path->value[size / sizeof *path->value] = 0;
        if (why == ERROR_SUCCESS)
            return true;
    }
    RegCloseKey(path->key);
    return problem("PATH cannot be read: error %ld, type %lu.", why, path->type);
}

static bool write_path(variable *path, const wchar_t *value)
{
    LONG why = RegSetValueExW(path->key, L"Path", 0, path->type, (const BYTE *)value,
                              (DWORD)((wcslen(value) + 1) * sizeof *value));
    RegCloseKey(path->key);
    if (why != ERROR_SUCCESS)
        return problem("PATH cannot be written: error %ld.", why);
    /* Programs started from now on shall see it; one that does not answer must not hold the installer. */
    SendMessageTimeoutW(HWND_BROADCAST, WM_SETTINGCHANGE, 0, (LPARAM)L"Environment", SMTO_ABORTIFHUNG, 1000, NULL);
    return true;
}

/* Copies the entries of PATH without one directory, however it is written. */
static wchar_t *without(const wchar_t *value, const wchar_t *directory)
{
    size_t length = wcslen(directory);
    wchar_t *out = keep(NULL, (wcslen(value) + 2 + length) * sizeof *out), *to = out;
    while (*value != 0) {
        size_t entry = wcscspn(value, L";");
        size_t core = entry > 0 && value[entry - 1] == L'\\' ? entry - 1 : entry;
        if (core != length || _wcsnicmp(value, directory, length) != 0) {
            if (to != out)
                *to++ = L';';
            wmemcpy(to, value, entry);
            to += entry;
        }
        value += entry + (value[entry] == L';');
    }
    *to = 0;
    return out;
}

bool os_path_add(const char *directory, bool machine)
{
    variable path;
    if (!open_path(&path, machine))
        return false;
    wchar_t *value = without(path.value, wide(directory));
    if (*value != 0)
        wcscat(value, L";");
    wcscat(value, wide(directory));
    return write_path(&path, value);
}

bool os_path_remove(const char *directory, bool machine)
{
    variable path;
    return open_path(&path, machine) && write_path(&path, without(path.value, wide(directory)));
}

bool os_forget_data(const char *key, bool machine)
{
    HKEY root = machine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER, opened;
    DWORD keys, values;
    LONG why = RegOpenKeyExW(root, wide(key), 0, KEY_READ | KEY_WRITE, &opened);
    if (why == ERROR_FILE_NOT_FOUND)
        return true;
    if (why == ERROR_SUCCESS) {
        why = RegDeleteValueW(opened, L"DataDir");
        bool empty = RegQueryInfoKeyW(opened, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL) ==
                         ERROR_SUCCESS &&
                     keys == 0 && values == 0;
        RegCloseKey(opened);
        if (empty)
            RegDeleteKeyW(root, wide(key));
    }
    return why == ERROR_SUCCESS || why == ERROR_FILE_NOT_FOUND ||
           problem("%s cannot be changed: error %ld.", key, why);
}
