/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: files, disks, networks and the registry of the host. */
#include "host-windows.h"

#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>

#include "entry-points.h"

#define SERVICES_KEY L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\GuestCommunicationServices"

/* From Microsoft's table of HCN results. */
#define HCN_NETWORK_NOT_FOUND ((HRESULT)0x803b0001)
#define HCN_ENDPOINT_NOT_FOUND ((HRESULT)0x803b0002)

unsigned host_build(void *context)
{
    typedef LONG(WINAPI * get_version)(OSVERSIONINFOW *);
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    (void)context;
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
    get_version function;
    memcpy(&function, &found, sizeof function);
    return found && function(&version) == 0 ? version.dwBuildNumber : 0;
}

bool host_exists(void *context, const char *path)
{
    wchar_t wide[QUBES_PATH_MAX];
    (void)context;
    return qubes_to_wide(path, wide, QUBES_PATH_MAX) && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
}

qubes_status host_remove_file(void *context, const char *path, qubes_error *err)
{
    (void)context;
    wchar_t *wide = host_widen(path, err);
    if (!wide)
        return err->status;
    DWORD code = DeleteFileW(wide) ? ERROR_SUCCESS : GetLastError();
    qubes_status status = QUBES_OK;
    if (code != ERROR_SUCCESS && code != ERROR_FILE_NOT_FOUND && code != ERROR_PATH_NOT_FOUND) {
        snprintf(err->text, sizeof err->text, "%.400s: cannot be removed: Windows error %lu", path, code);
        status = err->status = QUBES_E_SYSTEM;
    }
    free(wide);
    return status;
}

/* The libraries were there when check was called; a call without check fails like an absent Hyper-V. */
static const entry_points *points(qubes_error *err)
{
    const char *missing = "";
    const entry_points *found = entry_points_load(&missing);
    if (!found) {
        snprintf(err->text, sizeof err->text, "Hyper-V is absent (no %s)", missing);
        err->status = HYPERV_ABSENT;
    }
    return found;
}

qubes_status host_create_disk(void *context, const char *path, const char *parent, uint64_t bytes, qubes_error *err)
{
    VIRTUAL_STORAGE_TYPE type = {3 /* VHDX */,
                                 {0xec984aec, 0xa0f9, 0x47e9, {0x90, 0x1f, 0x71, 0x41, 0x5a, 0x66, 0x34, 0x5b}}};
    CREATE_VIRTUAL_DISK_PARAMETERS wanted = {.Version = CREATE_VIRTUAL_DISK_VERSION_2};
    HANDLE disk = NULL;
    (void)context;
    const entry_points *use = points(err);
    wchar_t *wide = use ? host_widen(path, err) : NULL, *wide_parent = wide ? host_widen(parent, err) : NULL;
    if (!use || !wide || !wide_parent) {
        free(wide);
        return err->status;
    }
    wanted.Version2.MaximumSize = parent[0] ? 0 : bytes; /* a layer has the size of what it is over */
    if (parent[0]) {
        wanted.Version2.ParentPath = wide_parent;
        wanted.Version2.ParentVirtualStorageType = type;
    }
    DWORD code = use->create_disk(&type, wide, VIRTUAL_DISK_ACCESS_NONE, NULL, CREATE_VIRTUAL_DISK_FLAG_NONE, 0,
                                  &wanted, NULL, &disk);
    qubes_status status = QUBES_OK;
    if (code == ERROR_SUCCESS)
        CloseHandle(disk);
    else
        status = host_fail(err, HRESULT_FROM_WIN32(code), "create disk", wide);
    free(wide);
    free(wide_parent);
    return status;
}

static bool parse_guid(const char *text, GUID *out)
{
    wchar_t braced[64];
    char narrow[64];
    snprintf(narrow, sizeof narrow, "{%s}", text);
    return qubes_to_wide(narrow, braced, 64) && SUCCEEDED(CLSIDFromString(braced, out));
}

static qubes_status network_result(HRESULT code, const char *doing, PWSTR record, qubes_error *err)
{
    qubes_status status = FAILED(code) ? host_fail(err, code, doing, record) : QUBES_OK;
    CoTaskMemFree(record);
    return status;
}

qubes_status host_create_network(void *context, const char *id, const char *document, qubes_error *err)
{
    GUID guid;
    HCN_NETWORK network = NULL;
    PWSTR record = NULL;
    (void)context;
    const entry_points *use = points(err);
    wchar_t *wide = use ? host_widen(document, err) : NULL;
    if (!wide)
        return err->status;
    HRESULT code = parse_guid(id, &guid) ? use->create_network(&guid, wide, &network, &record) : E_INVALIDARG;
    if (SUCCEEDED(code))
        use->close_network(network);
    free(wide);
    return network_result(code, "create network", record, err);
}

qubes_status host_create_endpoint(void *context, const char *network, const char *id, const char *document,
                                  qubes_error *err)
{
    GUID guid, network_guid;
    HCN_NETWORK opened = NULL;
    HCN_ENDPOINT endpoint = NULL;
    PWSTR record = NULL;
    (void)context;
    const entry_points *use = points(err);
    wchar_t *wide = use ? host_widen(document, err) : NULL;
    if (!wide)
        return err->status;
    HRESULT code = parse_guid(id, &guid) && parse_guid(network, &network_guid)
                       ? use->open_network(&network_guid, &opened, &record)
                       : E_INVALIDARG;
    if (SUCCEEDED(code)) {
        CoTaskMemFree(record);
        record = NULL;
        code = use->create_endpoint(opened, &guid, wide, &endpoint, &record);
        if (SUCCEEDED(code))
            use->close_endpoint(endpoint);
        use->close_network(opened);
    }
    free(wide);
    return network_result(code, "create network adapter", record, err);
}

qubes_status host_delete_network(void *context, const char *id, qubes_error *err)
{
    GUID guid;
    PWSTR record = NULL;
    (void)context;
    const entry_points *use = points(err);
    if (!use)
        return err->status;
    HRESULT code = parse_guid(id, &guid) ? use->delete_network(&guid, &record) : E_INVALIDARG;
    return network_result(code == HCN_NETWORK_NOT_FOUND ? S_OK : code, "delete network", record, err);
}

qubes_status host_delete_endpoint(void *context, const char *id, qubes_error *err)
{
    GUID guid;
    PWSTR record = NULL;
    (void)context;
    const entry_points *use = points(err);
    if (!use)
        return err->status;
    HRESULT code = parse_guid(id, &guid) ? use->delete_endpoint(&guid, &record) : E_INVALIDARG;
    return network_result(code == HCN_ENDPOINT_NOT_FOUND ? S_OK : code, "delete network adapter", record, err);
}

static bool service_key(const char *id, wchar_t out[256])
{
    wchar_t wide[64];
    if (!qubes_to_wide(id, wide, 64))
        return false;
    wcscpy(out, SERVICES_KEY L"\\");
    wcscat(out, wide);
    return true;
}

static qubes_status registry_result(LSTATUS code, qubes_error *err)
{
    if (code == ERROR_SUCCESS)
        return QUBES_OK;
    if (code == ERROR_ACCESS_DENIED)
        return host_fail(err, E_ACCESSDENIED, "change the socket services of Hyper-V", NULL);
    snprintf(err->text, sizeof err->text, "the socket services of Hyper-V cannot be changed: Windows error %ld", code);
    return err->status = QUBES_E_SYSTEM;
}

qubes_status host_register_service(void *context, const char *id, const char *name, qubes_error *err)
{
    wchar_t key[256], wide[64];
    (void)context;
    if (!service_key(id, key) || !qubes_to_wide(name, wide, 64))
        return host_fail_text(err, "the name of a service is too long");
    return registry_result(RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"ElementName", REG_SZ, wide,
                                           (DWORD)((wcslen(wide) + 1) * sizeof *wide)),
                           err);
}

static bool is_named_so(HKEY services, const wchar_t *id, const wchar_t *prefix)
{
    wchar_t name[128];
    DWORD size = sizeof name;
    return RegGetValueW(services, id, L"ElementName", RRF_RT_REG_SZ, NULL, name, &size) == ERROR_SUCCESS &&
           wcsncmp(name, prefix, wcslen(prefix)) == 0;
}

qubes_status host_unregister_services(void *context, const char *prefix, qubes_error *err)
{
    wchar_t wide[64], id[64];
    HKEY services;
    (void)context;
    if (!qubes_to_wide(prefix, wide, 64))
        return host_fail_text(err, "the name of a service is too long");
    LSTATUS code = RegOpenKeyExW(HKEY_LOCAL_MACHINE, SERVICES_KEY, 0, KEY_READ | KEY_WRITE, &services);
    if (code != ERROR_SUCCESS)
        return registry_result(code == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : code, err);
    DWORD index = 0, length = 64;
    while (code == ERROR_SUCCESS && RegEnumKeyExW(services, index, id, &length, NULL, NULL, NULL, NULL) == ERROR_SUCCESS) {
        if (is_named_so(services, id, wide))
            code = RegDeleteKeyExW(services, id, KEY_WOW64_64KEY, 0); /* the next one moves to this index */
        else
            index++;
        length = 64;
    }
    RegCloseKey(services);
    return registry_result(code, err);
}
