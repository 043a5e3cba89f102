/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and programs on Windows. */
#include <windows.h>

#include <io.h>
#include <sddl.h>
#include <string.h>

#include "os.h"
#include "wide.h"

wchar_t *wide(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (count <= 0) {
        problem("A name is not well-formed text.");
        ExitProcess(FAILED);
    }
    wchar_t *out = keep(NULL, (size_t)count * sizeof *out);
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, count);
    return out;
}

char *narrow(const wchar_t *from)
{
    int count = WideCharToMultiByte(CP_UTF8, 0, from, -1, NULL, 0, NULL, NULL);
    if (count <= 0) {
        problem("A name is not well-formed text.");
        ExitProcess(FAILED);
    }
    char *out = keep(NULL, (size_t)count);
    WideCharToMultiByte(CP_UTF8, 0, from, -1, out, count, NULL, NULL);
    return out;
}

/* The form that Windows takes literally and at any length: \\?\C:\…, \\?\UNC\server\share\…. */
static wchar_t *native(const char *path)
{
    bool share = path[0] == '\\' && path[1] == '\\';
    wchar_t *out = wide(share ? text("\\\\?\\UNC%s", path + 1) : text("\\\\?\\%s", path));
    wchar_t *from = out + 4, *to = from;
    for (; *from != 0; from++) { /* such paths are not normalised: one backslash between parts, none at the end */
        wchar_t c = *from == L'/' ? L'\\' : *from;
        if (c != L'\\' || to[-1] != L'\\')
            *to++ = c;
    }
    if (to > out + 7 && to[-1] == L'\\')
        to--;
    *to = 0;
    return out;
}

kind os_kind(const char *path)
{
    DWORD found = GetFileAttributesW(native(path));
    if (found == INVALID_FILE_ATTRIBUTES) {
        DWORD why = GetLastError();
        return why == ERROR_FILE_NOT_FOUND || why == ERROR_PATH_NOT_FOUND ? NOTHING : OTHER;
    }
    if (found & FILE_ATTRIBUTE_REPARSE_POINT)
        return LINK;
    return found & FILE_ATTRIBUTE_DIRECTORY ? DIRECTORY : FILE_KIND;
}

bool os_make_directory(const char *path)
{
    return CreateDirectoryW(native(path), NULL);
}

bool os_move(const char *from, const char *to)
{
    return MoveFileExW(native(from), native(to), MOVEFILE_WRITE_THROUGH);
}

bool os_remove_file(const char *path)
{
    wchar_t *name = native(path);
    DWORD found = GetFileAttributesW(name);
    if (found != INVALID_FILE_ATTRIBUTES && found & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(name, found & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (found != INVALID_FILE_ATTRIBUTES && found & FILE_ATTRIBUTE_DIRECTORY)
        return found & FILE_ATTRIBUTE_REPARSE_POINT && RemoveDirectoryW(name);
    return DeleteFileW(name);
}

bool os_remove_directory(const char *path)
{
    return RemoveDirectoryW(native(path));
}

bool os_remove_later(const char *path)
{
    wchar_t *name = native(path);
    if (os_kind(path) != DIRECTORY) {
        /* Under another name, so that the restart does not remove what is installed there until then. */
        wchar_t *aside = native(text("%s.%08llx.removed", path, (unsigned long long)GetTickCount64()));
        if (!MoveFileExW(name, aside, 0))
            return false;
        name = aside;
    }
    return MoveFileExW(name, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
}

bool os_names(const char *path, list *names)
{
    WIN32_FIND_DATAW entry;
    HANDLE search = FindFirstFileW(native(text("%s/*", path)), &entry);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND;
    do
        if (wcscmp(entry.cFileName, L".") != 0 && wcscmp(entry.cFileName, L"..") != 0)
            list_add(names, narrow(entry.cFileName));
    while (FindNextFileW(search, &entry));
    bool whole = GetLastError() == ERROR_NO_MORE_FILES;
    FindClose(search);
    list_sort(names);
    return whole;
}

FILE *os_open(const char *path, const char *mode)
{
    return _wfopen(native(path), wide(mode));
}

bool os_close_safely(FILE *file)
{
    bool written = !ferror(file) && fflush(file) == 0 && _commit(_fileno(file)) == 0;
    return fclose(file) == 0 && written;
}

const char *os_reason(void)
{
    DWORD code = GetLastError();
    wchar_t message[512];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, message,
                                  sizeof message / sizeof *message, NULL);
    while (length > 0 && (message[length - 1] <= L' ' || message[length - 1] == L'.'))
        length--;
    message[length] = 0;
    return length == 0 ? text("error %lu", code) : text("%s (%lu)", narrow(message), code);
}

/* System and administrators: everything; users: read and execute. Not inherited from above. */
#define ADMINISTRATORS_WRITE L"D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"

bool os_protect(const char *directory)
{
    PSECURITY_DESCRIPTOR descriptor;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(ADMINISTRATORS_WRITE, SDDL_REVISION_1, &descriptor, NULL))
        return false;
    bool good = SetFileSecurityW(native(directory), DACL_SECURITY_INFORMATION, descriptor);
    DWORD why = GetLastError();
    LocalFree(descriptor);
    SetLastError(why);
    return good;
}

char *os_absolute(const char *path)
{
    wchar_t *from = wide(path);
    DWORD count = GetFullPathNameW(from, 0, NULL, NULL);
    if (count == 0)
        return NULL;
    wchar_t *out = keep(NULL, count * sizeof *out);
    if (GetFullPathNameW(from, count, out, NULL) >= count)
        return NULL;
    char *absolute = narrow(out);
    size_t length = strlen(absolute);
    if (length > 3 && absolute[length - 1] == '\\')
        absolute[length - 1] = '\0';
    return absolute;
}

bool os_is_safe_root(const char *path)
{
    if (path[0] == '\\' && path[1] == '\\') { /* \\server\share\directory, but no device */
        const char *share = strchr(path + 2, '\\');
        const char *below = share == NULL ? NULL : strchr(share + 1, '\\');
        return path[2] != '?' && path[2] != '.' && below != NULL && below[1] != '\0';
    }
    return path[0] != '\0' && path[1] == ':' && path[2] == '\\' && path[3] != '\0';
}

bool os_is_hidden(const char *path)
{
    DWORD found = GetFileAttributesW(native(path));
    return found != INVALID_FILE_ATTRIBUTES && found & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
}
