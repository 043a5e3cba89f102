/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real driver: its device is found by its interface, requests go through DeviceIoControl. */
#include "xeniface.h"

#include <setupapi.h>

#define DETAIL_SIZE 1024 /* of the device's path, which has some 100 characters */

static DWORD open_at(const wchar_t *path, HANDLE *device)
{
    *device = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                          FILE_FLAG_OVERLAPPED, NULL);
    return *device == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
}

static DWORD open_device(HANDLE *device)
{
    static const GUID interface_guid = XENIFACE_GUID;
    union {
        SP_DEVICE_INTERFACE_DETAIL_DATA_W data;
        unsigned char bytes[DETAIL_SIZE];
    } detail = {.data.cbSize = sizeof(detail.data)};
    SP_DEVICE_INTERFACE_DATA found = {.cbSize = sizeof(found)};
    HDEVINFO all = SetupDiGetClassDevsW(&interface_guid, NULL, NULL, DIGCF_PRESENT | DIGCF_DEVICEINTERFACE);
    DWORD result = ERROR_FILE_NOT_FOUND;

    if (all == INVALID_HANDLE_VALUE)
        return result;
    if (SetupDiEnumDeviceInterfaces(all, NULL, &interface_guid, 0, &found) &&
        SetupDiGetDeviceInterfaceDetailW(all, &found, &detail.data, sizeof(detail), NULL, NULL))
        result = open_at(detail.data.DevicePath, device);
    SetupDiDestroyDeviceInfoList(all);
    return result;
}

static void close_device(HANDLE device)
{
    CloseHandle(device);
}

static DWORD begin(HANDLE device, const struct xeniface_request *request, OVERLAPPED *pending)
{
    /* DeviceIoControl writes nothing to the input. */
    if (DeviceIoControl(device, request->code, (void *)(uintptr_t)request->in, request->in_size, request->out,
                        request->out_size, NULL, pending))
        return ERROR_SUCCESS;
    return GetLastError();
}

static DWORD call(HANDLE device, const struct xeniface_request *request)
{
    OVERLAPPED pending = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD count, result;

    if (pending.hEvent == NULL)
        return GetLastError();
    result = begin(device, request, &pending);
    if (result == ERROR_IO_PENDING)
        result = GetOverlappedResult(device, &pending, &count, TRUE) ? ERROR_SUCCESS : GetLastError();
    CloseHandle(pending.hEvent);
    return result;
}

const struct xeniface xeniface = {open_device, close_device, call, begin};
