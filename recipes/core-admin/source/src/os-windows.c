/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the library needs from the operating system, on Windows. */
#include "os.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "qubes-admin/wide.h"

#define WIDE_MAX (QUBES_PATH_MAX + 8)

bool qubes_to_wide(const char *text, wchar_t *out, size_t count)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, (int)count) > 0;
}

bool qubes_from_wide(const wchar_t *text, char *out, size_t size)
{
    return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, out, (int)size, NULL, NULL) > 0;
}

static qubes_status fail_code(qubes_error *err, const char *path, const char *doing, DWORD code)
{
    bool absent = code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
    return qubes_fail(err, absent ? QUBES_E_NOT_FOUND : QUBES_E_SYSTEM, "%s: %s: Windows error %lu", path, doing,
                      code);
}

static qubes_status fail_last(qubes_error *err, const char *path, const char *doing)
{
    return fail_code(err, path, doing, GetLastError());
}

/* Beyond MAX_PATH only this prefix helps, and it wants backslashes. */
static bool wide_path(const char *path, wchar_t out[WIDE_MAX])
{
    size_t length = strlen(path);
    bool longer = length >= 240 && path[1] == ':';
    if (longer)
        memcpy(out, L"\\\\?\\", 4 * sizeof *out);
    wchar_t *from = out + (longer ? 4 : 0);
    if (!qubes_to_wide(path, from, QUBES_PATH_MAX))
        return false;
    for (; *from; from++)
        if (*from == L'/')
            *from = L'\\';
    return true;
}

static qubes_status fail_path(qubes_error *err, const char *path)
{
    return qubes_fail(err, QUBES_E_SYSTEM, "path too long or not UTF-8: %s", path);
}

bool os_path_is_absolute(const char *path)
{
    bool letter = (path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z');
    if (letter && path[1] == ':' && (path[2] == '\\' || path[2] == '/'))
        return true;
    return path[0] == '\\' && path[1] == '\\' && path[2] != '\0';
}

static bool environment(const wchar_t *variable, char out[QUBES_PATH_MAX])
{
    wchar_t value[QUBES_PATH_MAX];
    DWORD length = GetEnvironmentVariableW(variable, value, QUBES_PATH_MAX);
    return length > 0 && length < QUBES_PATH_MAX && qubes_from_wide(value, out, QUBES_PATH_MAX);
}

static bool registry(HKEY root, char out[QUBES_PATH_MAX])
{
    wchar_t value[QUBES_PATH_MAX];
    DWORD size = sizeof value;
    return RegGetValueW(root, L"Software\\Qubes", L"DataDir", RRF_RT_REG_SZ, NULL, value, &size) == ERROR_SUCCESS &&
           value[0] && qubes_from_wide(value, out, QUBES_PATH_MAX);
}

static bool above_program(char out[QUBES_PATH_MAX])
{
    wchar_t value[QUBES_PATH_MAX];
    DWORD length = GetModuleFileNameW(NULL, value, QUBES_PATH_MAX);
    if (length == 0 || length >= QUBES_PATH_MAX || !qubes_from_wide(value, out, QUBES_PATH_MAX))
        return false;
    for (int levels = 0; levels < 2; levels++) {
        char *separator = strrchr(out, '\\');
        if (!separator)
            return false;
        *separator = '\0';
    }
    return true;
}

static void native(char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < length; i++)
        if (path[i] == '/')
            path[i] = '\\';
    while (length > 3 && path[length - 1] == '\\')
        path[--length] = '\0';
}

qubes_status os_find_paths(qubes_paths *out, qubes_error *err)
{
    char program_data[QUBES_PATH_MAX];
    if (!environment(L"QUBES_INSTALL", out->install) && !above_program(out->install))
        return qubes_fail(err, QUBES_E_SYSTEM, "the installation directory cannot be found");
    if (!environment(L"QUBES_DATA", out->data) && !registry(HKEY_LOCAL_MACHINE, out->data) &&
        !registry(HKEY_CURRENT_USER, out->data)) {
        if (!environment(L"ProgramData", program_data))
            return qubes_fail(err, QUBES_E_SYSTEM, "%%ProgramData%% is not set");
        qubes_status status = qubes_join(out->data, sizeof out->data, program_data, "Qubes", err);
        if (status != QUBES_OK)
            return status;
    }
    native(out->install);
    native(out->data);
    qubes_status status = qubes_join(out->policy, sizeof out->policy, out->data, "policy.d", err);
    if (status != QUBES_OK)
        return status;
    return qubes_join(out->driver, sizeof out->driver, out->install, "share\\vmm\\driver", err);
}

/* Every reader shares everything, so that a writer can replace the file meanwhile. */
static HANDLE open_for_reading(const char *path)
{
    wchar_t wide[WIDE_MAX];
    if (!wide_path(path, wide)) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return INVALID_HANDLE_VALUE;
    }
    return CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

qubes_status os_read_file(const char *path, size_t limit, char **data, size_t *size, qubes_error *err)
{
    HANDLE file = open_for_reading(path);
    if (file == INVALID_HANDLE_VALUE)
        return fail_last(err, path, "open");
    char *buffer = malloc(limit + 2); /* one byte more shows that there is more; one for the NUL */
    size_t used = 0;
    DWORD count = 1;
    qubes_status status = buffer ? QUBES_OK : qubes_fail_memory(err);
    while (status == QUBES_OK && count != 0 && used <= limit) {
        if (ReadFile(file, buffer + used, (DWORD)(limit + 1 - used), &count, NULL))
            used += count;
        else
            status = fail_last(err, path, "read");
    }
    CloseHandle(file);
    if (status == QUBES_OK && used > limit)
        status = qubes_fail(err, QUBES_E_DAMAGED, "%s:1: larger than %zu bytes", path, limit);
    if (status != QUBES_OK) {
        free(buffer);
        return status;
    }
    buffer[used] = '\0';
    *data = buffer;
    *size = used;
    return QUBES_OK;
}

FILE *os_open_file(const char *path, qubes_error *err)
{
    wchar_t wide[WIDE_MAX];
    FILE *file = wide_path(path, wide) ? _wfopen(wide, L"rb") : NULL;
    if (!file)
        qubes_fail(err, QUBES_E_NOT_FOUND, "%s: cannot be opened", path);
    return file;
}

/* A virus scanner or a reader in another session may hold the old file for a moment. */
static bool move_patiently(const wchar_t *from, const wchar_t *to, DWORD flags)
{
    for (int tries = 0; tries < 200; tries++) {
        if (MoveFileExW(from, to, flags))
            return true;
        DWORD code = GetLastError();
        if (code != ERROR_ACCESS_DENIED && code != ERROR_SHARING_VIOLATION)
            return false;
        Sleep(10);
    }
    return false;
}

static qubes_status write_new(const char *fresh, const wchar_t *wide, const char *data, size_t size,
                              qubes_error *err)
{
    DWORD written = 0;
    HANDLE file = CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return fail_last(err, fresh, "create");
    qubes_status status = QUBES_OK;
    if (!WriteFile(file, data, (DWORD)size, &written, NULL) || written != size || !FlushFileBuffers(file))
        status = fail_last(err, fresh, "write");
    CloseHandle(file);
    return status;
}

qubes_status os_write_file(const char *path, const char *data, size_t size, qubes_error *err)
{
    char fresh[QUBES_PATH_MAX];
    wchar_t wide_fresh[WIDE_MAX], wide[WIDE_MAX];
    if (!qubes_print(fresh, sizeof fresh, "%s.new", path) || !wide_path(fresh, wide_fresh) ||
        !wide_path(path, wide))
        return fail_path(err, path);
    qubes_status status = write_new(fresh, wide_fresh, data, size, err);
    if (status == QUBES_OK && !move_patiently(wide_fresh, wide, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        status = fail_last(err, path, "replace");
    if (status != QUBES_OK)
        DeleteFileW(wide_fresh);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const os_entry *)a)->name, ((const os_entry *)b)->name);
}

void os_listing_free(os_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    listing->entries = NULL;
    listing->count = 0;
}

static qubes_status append_entry(os_listing *out, const WIN32_FIND_DATAW *found, qubes_error *err)
{
    char name[MAX_PATH * 4];
    if (!qubes_from_wide(found->cFileName, name, sizeof name))
        return qubes_fail(err, QUBES_E_SYSTEM, "a file name is not Unicode");
    os_entry *entries = realloc(out->entries, (out->count + 1) * sizeof *entries);
    if (!entries)
        return qubes_fail_memory(err);
    out->entries = entries;
    entries[out->count].name = strdup(name);
    entries[out->count].directory = (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (!entries[out->count].name)
        return qubes_fail_memory(err);
    out->count++;
    return QUBES_OK;
}

qubes_status os_list_directory(const char *path, os_listing *out, bool *exists, qubes_error *err)
{
    WIN32_FIND_DATAW found;
    wchar_t wide[WIDE_MAX + 4];
    out->count = 0;
    out->entries = NULL;
    if (!wide_path(path, wide))
        return fail_path(err, path);
    wcscat(wide, L"\\*");
    HANDLE search = FindFirstFileW(wide, &found);
    DWORD code = search == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    bool absent = code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
    if (exists)
        *exists = !absent;
    if (search == INVALID_HANDLE_VALUE)
        return absent ? QUBES_OK : fail_code(err, path, "list", code);
    qubes_status status = QUBES_OK;
    do {
        if (wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0)
            status = append_entry(out, &found, err);
    } while (status == QUBES_OK && FindNextFileW(search, &found));
    if (status == QUBES_OK && GetLastError() != ERROR_NO_MORE_FILES)
        status = fail_last(err, path, "list");
    FindClose(search);
    if (status != QUBES_OK)
        os_listing_free(out);
    else if (out->count > 1)
        qsort(out->entries, out->count, sizeof *out->entries, by_name);
    return status;
}

bool os_exists(const char *path)
{
    wchar_t wide[WIDE_MAX];
    return wide_path(path, wide) && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
}

qubes_status os_make_directories(const char *path, qubes_error *err)
{
    char part[QUBES_PATH_MAX];
    wchar_t wide[WIDE_MAX];
    if (!qubes_copy(part, sizeof part, path))
        return fail_path(err, path);
    size_t root = part[1] == ':' ? 3 : 2;
    for (size_t i = root < strlen(part) ? root : strlen(part);; i++) {
        if (part[i] != '\\' && part[i] != '/' && part[i] != '\0')
            continue;
        char separator = part[i];
        part[i] = '\0';
        if (!wide_path(part, wide))
            return fail_path(err, path);
        DWORD code = CreateDirectoryW(wide, NULL) ? ERROR_SUCCESS : GetLastError();
        /* A parent that we may not create but that is there is no obstacle. */
        if (code != ERROR_SUCCESS && code != ERROR_ALREADY_EXISTS &&
            (separator == '\0' || GetFileAttributesW(wide) == INVALID_FILE_ATTRIBUTES))
            return fail_code(err, part, "create directory", code);
        if (separator == '\0')
            return QUBES_OK;
        part[i] = separator;
    }
}

qubes_status os_rename(const char *from, const char *to, qubes_error *err)
{
    wchar_t wide_from[WIDE_MAX], wide_to[WIDE_MAX];
    if (!wide_path(from, wide_from) || !wide_path(to, wide_to))
        return fail_path(err, from);
    return move_patiently(wide_from, wide_to, MOVEFILE_WRITE_THROUGH) ? QUBES_OK : fail_last(err, from, "rename");
}

static qubes_status remove_below(const char *path, qubes_error *err)
{
    os_listing listing;
    qubes_status status = os_list_directory(path, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    /* The recursion ends: a path longer than QUBES_PATH_MAX is an error. */
    for (size_t i = 0; i < listing.count && status == QUBES_OK; i++) {
        char entry[QUBES_PATH_MAX];
        status = qubes_join(entry, sizeof entry, path, listing.entries[i].name, err);
        if (status == QUBES_OK)
            status = os_remove_tree(entry, err);
    }
    os_listing_free(&listing);
    return status;
}

qubes_status os_remove_tree(const char *path, qubes_error *err)
{
    wchar_t wide[WIDE_MAX];
    if (!wide_path(path, wide))
        return fail_path(err, path);
    DWORD attributes = GetFileAttributesW(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        DWORD code = GetLastError();
        return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? QUBES_OK
                                                                            : fail_code(err, path, "remove", code);
    }
    bool directory = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (attributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(wide, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    /* A reparse point (a junction, a link) is removed itself, never what it points to. */
    if (directory && !(attributes & FILE_ATTRIBUTE_REPARSE_POINT)) {
        qubes_status status = remove_below(path, err);
        if (status != QUBES_OK)
            return status;
    }
    if (directory ? RemoveDirectoryW(wide) : DeleteFileW(wide))
        return QUBES_OK;
    DWORD code = GetLastError();
    return code == ERROR_FILE_NOT_FOUND ? QUBES_OK : fail_code(err, path, "remove", code);
}

qubes_status os_lock_file(const char *path, bool wait, os_lock *out, qubes_error *err)
{
    wchar_t wide[WIDE_MAX];
    OVERLAPPED where = {0};
    if (!wide_path(path, wide))
        return fail_path(err, path);
    HANDLE file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return fail_last(err, path, "open");
    DWORD flags = LOCKFILE_EXCLUSIVE_LOCK | (wait ? 0 : LOCKFILE_FAIL_IMMEDIATELY);
    if (!LockFileEx(file, flags, 0, 1, 0, &where)) {
        DWORD code = GetLastError();
        CloseHandle(file);
        if (code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING)
            return qubes_fail(err, QUBES_E_IN_USE, "%s: locked", path);
        return fail_code(err, path, "lock", code);
    }
    out->handle = (intptr_t)file;
    return QUBES_OK;
}

void os_unlock_file(os_lock *lock)
{
    OVERLAPPED where = {0};
    UnlockFileEx((HANDLE)lock->handle, 0, 1, 0, &where);
    CloseHandle((HANDLE)lock->handle);
}
