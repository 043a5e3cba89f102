/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that play Hyper-V under Wine: computecore.dll, computenetwork.dll and virtdisk.dll, chosen by
 * FAKE_…. What exists is files in %FAKE_HYPERV_DIR%; every call is a line of its file "log"; the content
 * of its file "fail" names the function that fails with "access denied".
 */
#include <windows.h>

#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define EXPORT __declspec(dllexport)

static const wchar_t *below(const wchar_t *kind, const wchar_t *name)
{
    static wchar_t path[4][1024];
    static unsigned turn;
    wchar_t directory[512], *out = path[turn++ % 4];
    GetEnvironmentVariableW(L"FAKE_HYPERV_DIR", directory, 512);
    swprintf(out, 1024, L"%ls\\%ls%ls", directory, kind, name);
    return out;
}

static HRESULT note(const char *function, const wchar_t *first, const wchar_t *second)
{
    char wanted[128] = "";
    FILE *log = _wfopen(below(L"", L"log"), L"ab");
    if (log) {
        fprintf(log, "%s %ls %ls\n", function, first, second);
        fclose(log);
    }
    FILE *fail = _wfopen(below(L"", L"fail"), L"rb");
    if (fail) {
        wanted[fread(wanted, 1, sizeof wanted - 1, fail)] = '\0';
        fclose(fail);
    }
    return strcmp(wanted, function) == 0 ? E_ACCESSDENIED : S_OK;
}

#ifndef FAKE_virtdisk
/* A thing exists as a file whose content is its state. */
static void make(const wchar_t *kind, const wchar_t *name, const char *state)
{
    FILE *file = _wfopen(below(kind, name), L"wb");
    if (file) {
        fputs(state, file);
        fclose(file);
    }
}

static BOOL there(const wchar_t *kind, const wchar_t *name)
{
    return GetFileAttributesW(below(kind, name)) != INVALID_FILE_ATTRIBUTES;
}
#endif

#ifdef FAKE_computecore
#define NOT_FOUND ((HRESULT)0x8037010e)

typedef struct operation {
    wchar_t *result;
} operation;

EXPORT void *HcsCreateOperation(const void *context, void *callback)
{
    (void)context, (void)callback;
    return calloc(1, sizeof(operation));
}

EXPORT void HcsCloseOperation(operation *what)
{
    free(what);
}

EXPORT HRESULT HcsWaitForOperationResult(operation *what, DWORD timeout, wchar_t **result)
{
    (void)timeout;
    *result = what->result;
    return S_OK;
}

EXPORT HRESULT HcsEnumerateComputeSystems(const wchar_t *query, operation *what)
{
    WIN32_FIND_DATAW found;
    wchar_t text[4096] = L"[";
    HRESULT code = note("HcsEnumerateComputeSystems", query, L"");
    if (FAILED(code))
        return code;
    HANDLE search = FindFirstFileW(below(L"machine-", L"*"), &found);
    if (search != INVALID_HANDLE_VALUE) {
        do {
            char state[32] = "";
            FILE *file = _wfopen(below(L"", found.cFileName), L"rb");
            if (file) {
                state[fread(state, 1, sizeof state - 1, file)] = '\0';
                fclose(file);
            }
            swprintf(text + wcslen(text), 4096 - wcslen(text), L"%ls{\"Id\":\"%ls\",\"State\":\"%hs\",\"RuntimeId\":\"%ls\"}",
                     text[1] ? L"," : L"", found.cFileName + 8, state, found.cFileName + 8);
        } while (FindNextFileW(search, &found));
        FindClose(search);
    }
    wcscat(text, L"]");
    what->result = LocalAlloc(LMEM_FIXED, (wcslen(text) + 1) * sizeof *text);
    wcscpy(what->result, text);
    return S_OK;
}

EXPORT HRESULT HcsCreateComputeSystem(const wchar_t *id, const wchar_t *document, operation *what, void *security,
                                      wchar_t **system)
{
    (void)what, (void)security;
    HRESULT code = note("HcsCreateComputeSystem", id, document);
    if (FAILED(code))
        return code;
    make(L"machine-", id, "Created");
    *system = _wcsdup(id);
    return S_OK;
}

EXPORT HRESULT HcsOpenComputeSystem(const wchar_t *id, DWORD access, wchar_t **system)
{
    (void)access;
    if (!there(L"machine-", id))
        return NOT_FOUND;
    *system = _wcsdup(id);
    return S_OK;
}

EXPORT void HcsCloseComputeSystem(wchar_t *system)
{
    free(system);
}

EXPORT HRESULT HcsStartComputeSystem(const wchar_t *system, operation *what, const wchar_t *options)
{
    (void)what, (void)options;
    HRESULT code = note("HcsStartComputeSystem", system, L"");
    if (SUCCEEDED(code))
        make(L"machine-", system, "Running");
    return code;
}

EXPORT HRESULT HcsShutDownComputeSystem(const wchar_t *system, operation *what, const wchar_t *options)
{
    (void)what;
    HRESULT code = note("HcsShutDownComputeSystem", system, options ? options : L"");
    if (SUCCEEDED(code))
        DeleteFileW(below(L"machine-", system));
    return code;
}

EXPORT HRESULT HcsTerminateComputeSystem(const wchar_t *system, operation *what, const wchar_t *options)
{
    (void)what, (void)options;
    HRESULT code = note("HcsTerminateComputeSystem", system, L"");
    DeleteFileW(below(L"machine-", system));
    return code;
}

EXPORT HRESULT HcsModifyComputeSystem(const wchar_t *system, operation *what, const wchar_t *document, HANDLE identity)
{
    (void)what, (void)identity;
    return note("HcsModifyComputeSystem", system, document);
}

EXPORT HRESULT HcsWaitForComputeSystemExit(const wchar_t *system, DWORD timeout, wchar_t **result)
{
    (void)timeout;
    *result = NULL;
    return there(L"machine-", system) ? (HRESULT)0x80370118 : S_OK;
}

EXPORT HRESULT HcsGrantVmAccess(const wchar_t *id, const wchar_t *path)
{
    HRESULT code = note("HcsGrantVmAccess", id, path);
    /* As the real one: the file must be there. */
    return FAILED(code) || GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES ? code : HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}
#endif

#ifdef FAKE_computenetwork
static const wchar_t *text_of(const GUID *id)
{
    static wchar_t text[40];
    StringFromGUID2(id, text, 40);
    return text;
}

static HRESULT refuse(HRESULT code, wchar_t **record)
{
    if (FAILED(code)) {
        *record = CoTaskMemAlloc(64 * sizeof **record);
        wcscpy(*record, L"{\"Error\":\"the network service says no\"}");
    }
    return code;
}

EXPORT HRESULT HcnCreateNetwork(const GUID *id, const wchar_t *document, void **network, wchar_t **record)
{
    HRESULT code = note("HcnCreateNetwork", text_of(id), document);
    if (SUCCEEDED(code))
        make(L"network-", text_of(id), "");
    *network = (void *)1;
    return refuse(code, record);
}

EXPORT HRESULT HcnOpenNetwork(const GUID *id, void **network, wchar_t **record)
{
    *network = (void *)1;
    return refuse(there(L"network-", text_of(id)) ? S_OK : (HRESULT)0x803b0001, record);
}

EXPORT HRESULT HcnCloseNetwork(void *network)
{
    (void)network;
    return S_OK;
}

EXPORT HRESULT HcnDeleteNetwork(const GUID *id, wchar_t **record)
{
    HRESULT code = note("HcnDeleteNetwork", text_of(id), L"");
    return refuse(FAILED(code) || DeleteFileW(below(L"network-", text_of(id))) ? code : (HRESULT)0x803b0001, record);
}

EXPORT HRESULT HcnCreateEndpoint(void *network, const GUID *id, const wchar_t *document, void **endpoint, wchar_t **record)
{
    (void)network;
    HRESULT code = note("HcnCreateEndpoint", text_of(id), document);
    if (SUCCEEDED(code))
        make(L"endpoint-", text_of(id), "");
    *endpoint = (void *)1;
    return refuse(code, record);
}

EXPORT HRESULT HcnCloseEndpoint(void *endpoint)
{
    (void)endpoint;
    return S_OK;
}

EXPORT HRESULT HcnDeleteEndpoint(const GUID *id, wchar_t **record)
{
    HRESULT code = note("HcnDeleteEndpoint", text_of(id), L"");
    return refuse(FAILED(code) || DeleteFileW(below(L"endpoint-", text_of(id))) ? code : (HRESULT)0x803b0002, record);
}
#endif

#ifdef FAKE_virtdisk
#include <virtdisk.h>

/* Exported under the name of the header's imported function, which cannot be defined itself. */
DWORD WINAPI create_virtual_disk(VIRTUAL_STORAGE_TYPE *type, const wchar_t *path, VIRTUAL_DISK_ACCESS_MASK access,
                                      void *security, CREATE_VIRTUAL_DISK_FLAG flags, ULONG provider,
                                      CREATE_VIRTUAL_DISK_PARAMETERS *wanted, OVERLAPPED *overlapped, HANDLE *disk)
{
    (void)access, (void)security, (void)flags, (void)provider, (void)overlapped;
    const wchar_t *parent = wanted->Version2.ParentPath ? wanted->Version2.ParentPath : L"";
    if (type->DeviceId != 3 || wanted->Version != CREATE_VIRTUAL_DISK_VERSION_2 ||
        (*parent ? wanted->Version2.MaximumSize != 0 : wanted->Version2.MaximumSize == 0))
        return ERROR_INVALID_PARAMETER;
    if (*parent && GetFileAttributesW(parent) == INVALID_FILE_ATTRIBUTES)
        return ERROR_FILE_NOT_FOUND;
    if (FAILED(note("CreateVirtualDisk", path, parent)))
        return ERROR_ACCESS_DENIED;
    *disk = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    return *disk == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
}
__asm__(".section .drectve\n.ascii \" -export:CreateVirtualDisk=create_virtual_disk\"\n.text");
#endif
