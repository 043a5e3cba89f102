/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-apps.exe: the Start menu's entries for the services qubes.StartApp and qubes.GetAppmenus. */
#include <winsock2.h>
#include <windows.h>

#include <shellapi.h>
#include <shlobj.h>
#include <stdio.h>
#include <string.h>

#include "app-id.h"
#include "qrexec/windows.h"

#define DEPTH_MOST 4 /* folders within folders of the Start menu */

/* Called for each entry until it answers false. */
typedef bool (*visit)(const wchar_t *file, const char *path, const char *wanted);

static bool is_folder(const WIN32_FIND_DATAW *entry)
{
    return (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) && entry->cFileName[0] != L'.';
}

/* Walks below `folder`; `skip` characters of each file name are not part of the entry's path. */
static bool walk(const wchar_t *folder, size_t skip, int depth, visit visitor, const char *wanted)
{
    wchar_t pattern[MAX_PATH], file[MAX_PATH];
    WIN32_FIND_DATAW entry;
    char path[MAX_PATH * 3];
    bool go_on = true;

    if (swprintf(pattern, MAX_PATH, L"%ls\\*", folder) < 0)
        return true;
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search == INVALID_HANDLE_VALUE)
        return true;
    do {
        if (swprintf(file, MAX_PATH, L"%ls\\%ls", folder, entry.cFileName) < 0)
            continue;
        if (is_folder(&entry))
            go_on = depth == 0 || walk(file, skip, depth - 1, visitor, wanted);
        else if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) &&
                 WideCharToMultiByte(CP_UTF8, 0, file + skip, -1, path, sizeof(path), NULL, NULL) > 0)
            go_on = visitor(file, path, wanted);
    } while (go_on && FindNextFileW(search, &entry));
    FindClose(search);
    return go_on;
}

/* The entries of all users, then the user's own. */
static bool walk_menus(visit visitor, const char *wanted)
{
    static const int menus[] = {CSIDL_COMMON_PROGRAMS, CSIDL_PROGRAMS};
    wchar_t folder[MAX_PATH];

    for (size_t i = 0; i < 2; i++)
        if (SHGetFolderPathW(NULL, menus[i], NULL, SHGFP_TYPE_CURRENT, folder) == S_OK &&
            !walk(folder, wcslen(folder) + 1, DEPTH_MOST, visitor, wanted))
            return false;
    return true;
}

static bool print_entry(const wchar_t *file, const char *path, const char *wanted)
{
    char id[APP_ID_SIZE], name[MAX_PATH * 3];

    (void)file;
    (void)wanted;
    if (app_id_of(path, id) && app_name_of(path, name, sizeof(name)))
        printf("%s|%s\n", id, name);
    return true;
}

static bool start_entry(const wchar_t *file, const char *path, const char *wanted)
{
    char id[APP_ID_SIZE];

    if (!app_id_of(path, id) || strcmp(id, wanted) != 0)
        return true;
    if ((INT_PTR)ShellExecuteW(NULL, NULL, file, NULL, NULL, SW_SHOWNORMAL) <= 32) {
        fprintf(stderr, "qubes-apps: %s does not start: error %lu\n", wanted, GetLastError());
        ExitProcess(1);
    }
    return false;
}

int wmain(int argc, wchar_t **argv)
{
    char **arguments = windows_arguments(argc, argv);

    if (arguments != NULL && argc == 2 && strcmp(arguments[1], "--list") == 0)
        return walk_menus(print_entry, NULL) ? 0 : 1;
    if (arguments != NULL && argc == 3 && strcmp(arguments[1], "--start") == 0) {
        CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE); /* links may need it */
        if (!walk_menus(start_entry, arguments[2]))
            return 0;
        fprintf(stderr, "qubes-apps: no entry %s in the Start menu\n", arguments[2]);
        return 1;
    }
    fprintf(stderr, "usage: qubes-apps --list            prints ID|NAME of each entry of the Start menu\n"
                    "       qubes-apps --start ID        starts one\n");
    return 2;
}
