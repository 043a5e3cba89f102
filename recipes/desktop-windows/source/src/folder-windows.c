/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: our folder of the start menu; shortcuts are read and written with the shell's IShellLink. */
#define COBJMACROS
#include "folder-windows.h"

#include <initguid.h>

#include <knownfolders.h>
#include <shlobj.h>
#include <shobjidl.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define FOLDER_NAME L"Qubes Domains"

static qubes_status fail(qubes_error *err, const char *doing, HRESULT code)
{
    snprintf(err->text, sizeof err->text, "%s: error 0x%08lx", doing, (unsigned long)code);
    return err->status = QUBES_E_SYSTEM;
}

qubes_status folder_find(bool machine, const wchar_t *parent, folder *out, qubes_error *err)
{
    wchar_t *programs = NULL;
    HRESULT code = S_OK;
    if (!parent) {
        code = SHGetKnownFolderPath(machine ? &FOLDERID_CommonPrograms : &FOLDERID_Programs, KF_FLAG_CREATE, NULL, &programs);
        parent = programs;
    }
    if (SUCCEEDED(code) && wcslen(parent) + wcslen(FOLDER_NAME) + MENU_ENTRY_NAME + 8 > MAX_PATH)
        code = HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    if (SUCCEEDED(code)) {
        wcscpy(out->path, parent);
        wcscat(out->path, L"\\" FOLDER_NAME);
        DWORD length = GetModuleFileNameW(NULL, out->program, MAX_PATH);
        if (length == 0 || length == MAX_PATH)
            code = HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    }
    CoTaskMemFree(programs);
    return SUCCEEDED(code) ? QUBES_OK : fail(err, "the start menu cannot be found", code);
}

/* NAME.lnk in the folder; names are short and folder_find made sure that they fit. */
static bool link_path(const folder *of, const char *name, wchar_t out[MAX_PATH])
{
    wchar_t wide[MENU_ENTRY_NAME];
    if (!qubes_to_wide(name, wide, MENU_ENTRY_NAME))
        return false;
    wcscpy(out, of->path);
    wcscat(out, L"\\");
    wcscat(out, wide);
    wcscat(out, L".lnk");
    return true;
}

static HRESULT open_link(IShellLinkW **link, IPersistFile **file)
{
    HRESULT code = CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)link);
    if (FAILED(code))
        return code;
    code = IShellLinkW_QueryInterface(*link, &IID_IPersistFile, (void **)file);
    if (FAILED(code))
        IShellLinkW_Release(*link);
    return code;
}

/* False when it is not a shortcut to our program. */
static bool read_link(const folder *of, const wchar_t *path, menu_entry *out)
{
    IShellLinkW *link;
    IPersistFile *file;
    wchar_t target[MAX_PATH] = L"", arguments[MENU_ENTRY_NAME] = L"", icon[MAX_PATH] = L"", comment[128] = L"";
    int index = 0;
    if (FAILED(open_link(&link, &file)))
        return false;
    bool good = SUCCEEDED(IPersistFile_Load(file, path, STGM_READ)) &&
                SUCCEEDED(IShellLinkW_GetPath(link, target, MAX_PATH, NULL, SLGP_RAWPATH)) &&
                _wcsicmp(target, of->program) == 0 &&
                SUCCEEDED(IShellLinkW_GetArguments(link, arguments, MENU_ENTRY_NAME)) &&
                SUCCEEDED(IShellLinkW_GetIconLocation(link, icon, MAX_PATH, &index)) &&
                SUCCEEDED(IShellLinkW_GetDescription(link, comment, 128));
    IPersistFile_Release(file);
    IShellLinkW_Release(link);
    return good && qubes_from_wide(arguments, out->arguments, sizeof out->arguments) &&
           qubes_from_wide(icon, out->icon, sizeof out->icon) &&
           qubes_from_wide(comment, out->comment, sizeof out->comment);
}

static qubes_status append(menu *out, const menu_entry *entry, qubes_error *err)
{
    menu_entry *entries = realloc(out->entries, (out->count + 1) * sizeof *entries);
    if (!entries)
        return fail(err, "read the start menu", E_OUTOFMEMORY);
    out->entries = entries;
    entries[out->count++] = *entry;
    return QUBES_OK;
}

static qubes_status list(void *context, menu *out, qubes_error *err)
{
    const folder *of = context;
    wchar_t pattern[MAX_PATH], path[MAX_PATH];
    WIN32_FIND_DATAW found;
    qubes_status status = QUBES_OK;
    out->count = 0;
    out->entries = NULL;
    wcscpy(pattern, of->path);
    wcscat(pattern, L"\\*.lnk");
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return QUBES_OK;
    do {
        menu_entry entry = {.name = ""};
        size_t length = wcslen(found.cFileName);
        if (length < 5 || length - 4 >= MENU_ENTRY_NAME) /* none of ours is so long */
            continue;
        found.cFileName[length - 4] = L'\0';
        if (qubes_from_wide(found.cFileName, entry.name, sizeof entry.name) && link_path(of, entry.name, path) &&
            read_link(of, path, &entry))
            status = append(out, &entry, err);
    } while (status == QUBES_OK && FindNextFileW(search, &found));
    FindClose(search);
    if (status != QUBES_OK)
        menu_free(out);
    return status;
}

static HRESULT write_link(const folder *of, const menu_entry *entry, const wchar_t *path)
{
    IShellLinkW *link;
    IPersistFile *file;
    wchar_t arguments[MENU_ENTRY_NAME], icon[QUBES_PATH_MAX], comment[128];
    if (!qubes_to_wide(entry->arguments, arguments, MENU_ENTRY_NAME) || !qubes_to_wide(entry->icon, icon, QUBES_PATH_MAX) ||
        !qubes_to_wide(entry->comment, comment, 128))
        return E_INVALIDARG;
    HRESULT code = open_link(&link, &file);
    if (FAILED(code))
        return code;
    code = IShellLinkW_SetPath(link, of->program);
    if (SUCCEEDED(code))
        code = IShellLinkW_SetArguments(link, arguments);
    if (SUCCEEDED(code))
        code = IShellLinkW_SetIconLocation(link, icon, 0);
    if (SUCCEEDED(code))
        code = IShellLinkW_SetDescription(link, comment);
    if (SUCCEEDED(code))
        code = IPersistFile_Save(file, path, TRUE);
    IPersistFile_Release(file);
    IShellLinkW_Release(link);
    return code;
}

static qubes_status write(void *context, const menu_entry *entry, qubes_error *err)
{
    const folder *of = context;
    wchar_t path[MAX_PATH];
    CreateDirectoryW(of->path, NULL); /* there already, or the save says why not */
    HRESULT code = link_path(of, entry->name, path) ? write_link(of, entry, path) : E_INVALIDARG;
    return SUCCEEDED(code) ? QUBES_OK : fail(err, entry->name, code);
}

static qubes_status remove_link(void *context, const char *name, qubes_error *err)
{
    const folder *of = context;
    wchar_t path[MAX_PATH];
    if (!link_path(of, name, path) || (!DeleteFileW(path) && GetLastError() != ERROR_FILE_NOT_FOUND))
        return fail(err, name, HRESULT_FROM_WIN32(GetLastError()));
    return QUBES_OK;
}

menu_folder folder_port(folder *of)
{
    return (menu_folder){of, list, write, remove_link};
}

void folder_remove_if_empty(const folder *of)
{
    RemoveDirectoryW(of->path);
}
