/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The port of Hyper-V on Windows: machines by the Host Compute System. The rest: host-windows.c. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#include "entry-points.h"
#include "host-windows.h"

#define OPERATION_MS 120000

/* From Microsoft's table of HCS results. */
#define HCS_HYPERV_NOT_INSTALLED ((HRESULT)0x80370102)
#define HCS_SYSTEM_NOT_FOUND ((HRESULT)0x8037010e)
#define HCS_ALREADY_STOPPED ((HRESULT)0x80370110)
#define HCS_SERVICE_NOT_AVAILABLE ((HRESULT)0x80370114)
#define HCS_ACCESS_DENIED ((HRESULT)0x8037011b)

qubes_status host_fail(qubes_error *err, HRESULT code, const char *doing, const wchar_t *detail)
{
    char text[256] = "";
    if (detail && !qubes_from_wide(detail, text, sizeof text))
        text[0] = '\0';
    qubes_status status = HYPERV_FAILED;
    const char *hint = "";
    if (code == HCS_HYPERV_NOT_INSTALLED || code == HCS_SERVICE_NOT_AVAILABLE) {
        status = HYPERV_ABSENT;
        hint = "Hyper-V is absent: enable the Windows feature Hyper-V and restart; ";
    } else if (code == E_ACCESSDENIED || code == HCS_ACCESS_DENIED) {
        status = HYPERV_DENIED;
        hint = "only administrators and members of Hyper-V Administrators may do this; ";
    }
    snprintf(err->text, sizeof err->text, "%s%s: error 0x%08lx %s", hint, doing, (unsigned long)code, text);
    return err->status = status;
}

qubes_status host_fail_text(qubes_error *err, const char *text)
{
    snprintf(err->text, sizeof err->text, "%s", text);
    return err->status = QUBES_E_SYSTEM;
}

/* UTF-8 of any length; freed by the caller. */
static wchar_t *widen(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = count > 0 ? malloc((size_t)count * sizeof *wide) : NULL;
    if (wide)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, count);
    return wide;
}

wchar_t *host_widen(const char *text, qubes_error *err)
{
    wchar_t *wide = widen(text);
    if (!wide)
        host_fail_text(err, "text is not UTF-8, or memory ran out");
    return wide;
}

static qubes_status load(const entry_points **points, qubes_error *err)
{
    const char *missing = "";
    *points = entry_points_load(&missing);
    if (*points)
        return QUBES_OK;
    snprintf(err->text, sizeof err->text,
             "Hyper-V is absent (no %s): enable the Windows feature Hyper-V and restart", missing);
    return err->status = HYPERV_ABSENT;
}

typedef struct call {
    const entry_points *points;
    HCS_OPERATION operation;
    PWSTR result; /* freed by finish */
} call;

static qubes_status begin(call *out, qubes_error *err)
{
    out->operation = NULL;
    out->result = NULL;
    qubes_status status = load(&out->points, err);
    if (status != QUBES_OK)
        return status;
    out->operation = out->points->create_operation(NULL, NULL);
    return out->operation ? QUBES_OK : host_fail(err, HRESULT_FROM_WIN32(GetLastError()), "create operation", NULL);
}

/* Waits for an operation whose start returned `started`. */
static HRESULT await(call *of, HRESULT started)
{
    return FAILED(started) ? started : of->points->wait_operation(of->operation, OPERATION_MS, &of->result);
}

static void finish(call *of)
{
    if (of->result)
        LocalFree(of->result);
    if (of->operation)
        of->points->close_operation(of->operation);
}

static qubes_status list_machines(void *context, const char *query, char **json, qubes_error *err)
{
    call of;
    (void)context;
    qubes_status status = begin(&of, err);
    if (status != QUBES_OK)
        return status;
    wchar_t *wide = host_widen(query, err);
    if (wide) {
        HRESULT code = await(&of, of.points->enumerate(wide, of.operation));
        int size = of.result ? WideCharToMultiByte(CP_UTF8, 0, of.result, -1, NULL, 0, NULL, NULL) : 0;
        *json = SUCCEEDED(code) && size > 0 ? malloc((size_t)size) : NULL;
        if (*json)
            WideCharToMultiByte(CP_UTF8, 0, of.result, -1, *json, size, NULL, NULL);
        else
            status = host_fail(err, FAILED(code) ? code : E_FAIL, "list machines", of.result);
    } else {
        status = err->status;
    }
    free(wide);
    finish(&of);
    return status;
}

static qubes_status check(void *context, qubes_error *err)
{
    char *json = NULL;
    qubes_status status = list_machines(context, "{}", &json, err); /* the proof is that it answers */
    free(json);
    return status;
}

static qubes_status create_machine(void *context, const char *id, const char *document, qubes_error *err)
{
    call of;
    HCS_SYSTEM system = NULL;
    (void)context;
    qubes_status status = begin(&of, err);
    if (status != QUBES_OK)
        return status;
    wchar_t *wide_id = host_widen(id, err), *wide = host_widen(document, err);
    if (wide_id && wide) {
        HRESULT code = await(&of, of.points->create_system(wide_id, wide, of.operation, NULL, &system));
        if (FAILED(code))
            status = host_fail(err, code, "create machine", of.result);
        if (system)
            of.points->close_system(system);
    } else {
        status = err->status;
    }
    free(wide_id);
    free(wide);
    finish(&of);
    return status;
}

/* Begins a call on an existing machine; *absent tells that there is none (then nothing is open). */
static qubes_status begin_on(call *of, const char *id, HCS_SYSTEM *system, bool *absent, qubes_error *err)
{
    *absent = false;
    qubes_status status = begin(of, err);
    wchar_t *wide = status == QUBES_OK ? host_widen(id, err) : NULL;
    if (status == QUBES_OK && !wide)
        status = err->status;
    if (status == QUBES_OK) {
        HRESULT code = of->points->open_system(wide, GENERIC_ALL, system);
        *absent = code == HCS_SYSTEM_NOT_FOUND;
        if (FAILED(code))
            status = host_fail(err, code, "open machine", NULL);
    }
    free(wide);
    if (status != QUBES_OK && of->operation)
        finish(of);
    return status;
}

static void finish_on(call *of, HCS_SYSTEM system)
{
    finish(of);
    of->points->close_system(system);
}

static qubes_status start_machine(void *context, const char *id, qubes_error *err)
{
    call of;
    HCS_SYSTEM system;
    bool absent;
    (void)context;
    qubes_status status = begin_on(&of, id, &system, &absent, err);
    if (status != QUBES_OK)
        return status;
    HRESULT code = await(&of, of.points->start_system(system, of.operation, NULL));
    if (FAILED(code))
        status = host_fail(err, code, "start machine", of.result);
    finish_on(&of, system);
    return status;
}

static qubes_status modify_machine(void *context, const char *id, const char *document, qubes_error *err)
{
    call of;
    HCS_SYSTEM system;
    bool absent;
    (void)context;
    wchar_t *wide = host_widen(document, err);
    qubes_status status = wide ? begin_on(&of, id, &system, &absent, err) : err->status;
    if (status == QUBES_OK) {
        HRESULT code = await(&of, of.points->modify_system(system, of.operation, wide, NULL));
        if (FAILED(code))
            status = host_fail(err, code, "modify machine", of.result);
        finish_on(&of, system);
    }
    free(wide);
    return status;
}

static qubes_status shutdown_machine(void *context, const char *id, unsigned seconds, bool *off, qubes_error *err)
{
    static const wchar_t by_service[] = L"{\"Mechanism\":\"IntegrationService\",\"Type\":\"Shutdown\"}";
    call of;
    HCS_SYSTEM system;
    qubes_status status = begin_on(&of, id, &system, off, err);
    if (status != QUBES_OK)
        return *off ? QUBES_OK : status;
    PWSTR exit_result = NULL;
    /* Options, like the service that the guest offers, exist from schema 2.5 on. */
    HRESULT code = await(&of, of.points->shut_down_system(system, of.operation,
                                                          host_build(context) >= 20348 ? by_service : NULL));
    if (SUCCEEDED(code))
        code = of.points->wait_exit(system, seconds * 1000, &exit_result);
    *off = SUCCEEDED(code) || code == HCS_ALREADY_STOPPED;
    if (exit_result)
        LocalFree(exit_result);
    finish_on(&of, system);
    return QUBES_OK;
}

static qubes_status terminate_machine(void *context, const char *id, qubes_error *err)
{
    call of;
    HCS_SYSTEM system;
    bool absent;
    (void)context;
    qubes_status status = begin_on(&of, id, &system, &absent, err);
    if (status != QUBES_OK)
        return absent ? QUBES_OK : status;
    HRESULT code = await(&of, of.points->terminate_system(system, of.operation, NULL));
    if (FAILED(code) && code != HCS_ALREADY_STOPPED && code != HCS_SYSTEM_NOT_FOUND)
        status = host_fail(err, code, "terminate machine", of.result);
    finish_on(&of, system);
    return status;
}

static qubes_status grant_access(void *context, const char *machine, const char *path, qubes_error *err)
{
    const entry_points *points;
    (void)context;
    qubes_status status = load(&points, err);
    if (status != QUBES_OK)
        return status;
    wchar_t *wide_id = host_widen(machine, err), *wide = host_widen(path, err);
    HRESULT code = wide_id && wide ? points->grant_access(wide_id, wide) : S_OK;
    status = !wide_id || !wide ? err->status : FAILED(code) ? host_fail(err, code, "grant access to a disk", wide) : QUBES_OK;
    free(wide_id);
    free(wide);
    return status;
}

const hyperv *hyperv_system(void)
{
    static const hyperv system = {
        .check = check,
        .windows_build = host_build,
        .exists = host_exists,
        .remove_file = host_remove_file,
        .create_disk = host_create_disk,
        .grant_access = grant_access,
        .create_network = host_create_network,
        .create_endpoint = host_create_endpoint,
        .delete_network = host_delete_network,
        .delete_endpoint = host_delete_endpoint,
        .create_machine = create_machine,
        .start_machine = start_machine,
        .modify_machine = modify_machine,
        .shutdown_machine = shutdown_machine,
        .terminate_machine = terminate_machine,
        .list_machines = list_machines,
        .register_service = host_register_service,
        .unregister_services = host_unregister_services,
    };
    return &system;
}
