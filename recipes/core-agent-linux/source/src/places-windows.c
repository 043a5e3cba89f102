/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are on Windows: this program, services, data, and the pipes of agent and daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qrexec/windows.h"

#include <bcrypt.h>

#include "wide-windows.h"

#define SERVICE_FILE_MOST 4096

bool os_own_program(char path[OS_PATH_SIZE])
{
    wchar_t wide[OS_PATH_SIZE];
    DWORD length = GetModuleFileNameW(NULL, wide, OS_PATH_SIZE);

    return length > 0 && length < OS_PATH_SIZE && wide_to(wide, path, OS_PATH_SIZE);
}

static bool cut_last(char *path)
{
    char *last = strrchr(path, '\\');

    if (last == NULL)
        return false;
    *last = '\0';
    return true;
}

bool windows_installation(char path[OS_PATH_SIZE])
{
    return os_own_program(path) && cut_last(path) && cut_last(path);
}

static bool variable(const wchar_t *name, char out[OS_PATH_SIZE])
{
    wchar_t wide[OS_PATH_SIZE];
    DWORD length = GetEnvironmentVariableW(name, wide, OS_PATH_SIZE);

    return length > 0 && length < OS_PATH_SIZE && wide_to(wide, out, OS_PATH_SIZE);
}

static bool from_registry(HKEY root, char out[OS_PATH_SIZE])
{
    wchar_t wide[OS_PATH_SIZE];
    DWORD size = sizeof(wide);

    return RegGetValueW(root, L"Software\\Qubes", L"DataDir", RRF_RT_REG_SZ, NULL, wide, &size) == ERROR_SUCCESS &&
           wide[0] != L'\0' && wide_to(wide, out, OS_PATH_SIZE);
}

bool windows_data(char path[OS_PATH_SIZE])
{
    if (variable(L"QUBES_DATA", path) || from_registry(HKEY_LOCAL_MACHINE, path) ||
        from_registry(HKEY_CURRENT_USER, path))
        return true;
    if (!variable(L"ProgramData", path) || strlen(path) + sizeof("\\Qubes") > OS_PATH_SIZE)
        return false;
    strcat(path, "\\Qubes");
    return true;
}

bool os_service_path(char path[OS_PATH_SIZE])
{
    char data[OS_PATH_SIZE], installation[OS_PATH_SIZE];

    if (variable(L"QREXEC_SERVICE_PATH", path))
        return true;
    if (!windows_data(data) || !windows_installation(installation))
        return false;
    int length = snprintf(path, OS_PATH_SIZE, "%s\\qubes-rpc;%s\\qubes-rpc", data, installation);
    return length > 0 && length < OS_PATH_SIZE;
}

/*
 * Whether that very file is there. Windows also finds it under other names (another case, dots at the
 * end, short names), and policy knows a service under one.
 */
static bool holds(const char *directory, const char *name, const char *ending, char path[OS_PATH_SIZE])
{
    WIN32_FIND_DATAW found;
    wchar_t wide[OS_PATH_SIZE], exact[OS_PATH_SIZE];
    char file[OS_PATH_SIZE];
    int length = snprintf(file, sizeof(file), "%s%s", name, ending);

    if (length < 0 || length >= OS_PATH_SIZE)
        return false;
    length = snprintf(path, OS_PATH_SIZE, "%s\\%s", directory, file);
    if (length < 0 || length >= OS_PATH_SIZE || !wide_from(path, wide, OS_PATH_SIZE) ||
        !wide_from(file, exact, OS_PATH_SIZE))
        return false;
    HANDLE search = FindFirstFileW(wide, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    FindClose(search);
    return wcscmp(found.cFileName, exact) == 0 && !(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* The first line of a text file, with %NAME% replaced; %QUBES_INSTALL% is the installation directory. */
static bool read_line(const char *path, char line[OS_PATH_SIZE])
{
    wchar_t wide[OS_PATH_SIZE], expanded[OS_PATH_SIZE];
    char text[SERVICE_FILE_MOST + 1], installation[OS_PATH_SIZE];
    FILE *file = wide_from(path, wide, OS_PATH_SIZE) ? _wfopen(wide, L"rb") : NULL;

    if (file == NULL)
        return false;
    size_t size = fread(text, 1, SERVICE_FILE_MOST, file);
    fclose(file);
    text[size] = '\0';
    char *start = text + (strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0); /* a byte order mark */
    start[strcspn(start, "\r\n")] = '\0';
    if (windows_installation(installation) && wide_from(installation, wide, OS_PATH_SIZE))
        SetEnvironmentVariableW(L"QUBES_INSTALL", wide);
    DWORD length = wide_from(start, wide, OS_PATH_SIZE) ? ExpandEnvironmentStringsW(wide, expanded, OS_PATH_SIZE) : 0;
    return length > 1 && length <= OS_PATH_SIZE && wide_to(expanded, line, OS_PATH_SIZE);
}

bool os_find_service(const char *directory, const char *name, char path[OS_PATH_SIZE], char line[OS_PATH_SIZE])
{
    line[0] = '\0';
    if (holds(directory, name, ".exe", path) || holds(directory, name, ".cmd", path))
        return true;
    return holds(directory, name, "", path) && read_line(path, line);
}

bool os_admin_user(char *user, size_t size)
{
    return snprintf(user, size, "user") == 4; /* whoever is logged on, see user-windows.h */
}

/* The C run-time has the numbers of sockets' errors, but no words for them. */
const char *os_error(int cause)
{
    switch (cause) {
    case EADDRINUSE:
        return "it is in use already";
    case EADDRNOTAVAIL:
        return "it cannot be reached from here";
    case EAFNOSUPPORT:
        return "this system has no such sockets";
    case EMSGSIZE:
        return "it is too large";
    case ETIMEDOUT:
        return "nobody answered in time";
    default:
        return strerror(cause);
    }
}

bool os_random(void *bytes, size_t size)
{
    return BCryptGenRandom(NULL, bytes, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}

void os_set_variable(const char *name, const char *value)
{
    _putenv_s(name, value); /* the C run-time's copy too, which the vchan library reads */
}

/* From the environment once, so that the answer can be kept. */
static const char *endpoint(const wchar_t *name, char kept[OS_PATH_SIZE], const char *otherwise)
{
    if (kept[0] == '\0' && !variable(name, kept))
        return otherwise;
    return kept;
}

const char *os_agent_endpoint(void)
{
    static char kept[OS_PATH_SIZE];

    return endpoint(L"QREXEC_AGENT_ENDPOINT", kept, "qubes-qrexec-agent");
}

const char *os_daemon_endpoint(void)
{
    static char kept[OS_PATH_SIZE];

    return endpoint(L"QREXEC_DAEMON_ENDPOINT", kept, "qubes-qrexec-daemon");
}

char **windows_arguments(int argc, wchar_t **argv)
{
    char **converted = calloc((size_t)argc + 1, sizeof(*converted));

    for (int i = 0; converted != NULL && i < argc; i++) {
        size_t size = wcslen(argv[i]) * 3 + 1; /* UTF-8 takes at most three bytes for each UTF-16 unit */
        converted[i] = malloc(size);
        if (converted[i] == NULL || !wide_to(argv[i], converted[i], size))
            return NULL;
    }
    return converted;
}
