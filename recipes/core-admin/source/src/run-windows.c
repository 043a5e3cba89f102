/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Running a program and reading both of its streams, on Windows. */
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "os.h"
#include "qubes-admin/wide.h"

#define STREAM_MAX (256 * 1024)
#define LINE_MAX_WIDE 32767 /* CreateProcess takes no more */

bool qubes_append_argument(wchar_t *line, size_t count, const wchar_t *argument)
{
    size_t used = wcslen(line);
    /* At worst: a separator, two quotes, every character doubled, the terminator. */
    if (used + 2 * wcslen(argument) + 4 > count)
        return false;
    wchar_t *end = line + used;
    if (used > 0)
        *end++ = L' ';
    *end++ = L'"';
    size_t backslashes = 0;
    for (; *argument; argument++) {
        /* Backslashes count double only before a quote, and a quote needs one of its own. */
        if (*argument == L'"')
            for (backslashes++; backslashes > 0; backslashes--)
                *end++ = L'\\';
        backslashes = *argument == L'\\' ? backslashes + 1 : 0;
        *end++ = *argument;
    }
    for (; backslashes > 0; backslashes--)
        *end++ = L'\\';
    *end++ = L'"';
    *end = L'\0';
    return true;
}

typedef struct stream {
    HANDLE file;
    char *data;
    size_t used;
} stream;

/* Reads to the end; beyond the limit it is read and dropped, so that the program can end. */
static DWORD WINAPI drain(void *argument)
{
    stream *from = argument;
    char chunk[4096];
    DWORD count;
    while (ReadFile(from->file, chunk, sizeof chunk, &count, NULL) && count > 0) {
        size_t room = STREAM_MAX - from->used, take = count < room ? count : room;
        memcpy(from->data + from->used, chunk, take);
        from->used += take;
    }
    return 0;
}

typedef struct child {
    PROCESS_INFORMATION process;
    HANDLE job;
} child;

/* Only the three standard handles are inherited: a service starts several programs at once. */
static bool create_process(const wchar_t *program, wchar_t *line, HANDLE handles[3], child *out)
{
    STARTUPINFOEXW start = {.StartupInfo = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES}};
    SIZE_T size = 0;
    start.StartupInfo.hStdInput = handles[0];
    start.StartupInfo.hStdOutput = handles[1];
    start.StartupInfo.hStdError = handles[2];
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    start.lpAttributeList = malloc(size);
    if (!start.lpAttributeList || !InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size)) {
        free(start.lpAttributeList);
        return false;
    }
    BOOL made = UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
                                          3 * sizeof *handles, NULL, NULL) &&
                CreateProcessW(program, line, NULL, NULL, TRUE,
                               EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW | CREATE_SUSPENDED, NULL, NULL,
                               &start.StartupInfo, &out->process);
    DWORD code = GetLastError();
    DeleteProcThreadAttributeList(start.lpAttributeList);
    free(start.lpAttributeList);
    if (!made) {
        SetLastError(code);
        return false;
    }
    /* A time-out ends its whole family; where no job can be had, at least the program itself. */
    out->job = CreateJobObjectW(NULL, NULL);
    if (out->job && !AssignProcessToJobObject(out->job, out->process.hProcess)) {
        CloseHandle(out->job);
        out->job = NULL;
    }
    ResumeThread(out->process.hThread);
    return true;
}

static void end_family(const child *what)
{
    if (!what->job || !TerminateJobObject(what->job, 1))
        TerminateProcess(what->process.hProcess, 1);
}

static qubes_status make_line(const char *program, const char *const *argv, wchar_t *wide_program, wchar_t *line,
                              qubes_error *err)
{
    wchar_t argument[QUBES_PATH_MAX];
    bool good = qubes_to_wide(program, wide_program, QUBES_PATH_MAX);
    line[0] = L'\0';
    for (size_t i = 0; argv[i] && good; i++)
        good = qubes_to_wide(argv[i], argument, QUBES_PATH_MAX) && qubes_append_argument(line, LINE_MAX_WIDE, argument);
    return good ? QUBES_OK : qubes_fail(err, QUBES_E_INVALID, "%s: an argument is too long or not UTF-8", program);
}

/* Two pipes, whose write ends and a null input are inheritable. */
static bool open_handles(HANDLE inherited[3], stream streams[2])
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    inherited[0] = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit, OPEN_EXISTING, 0,
                               NULL);
    if (inherited[0] == INVALID_HANDLE_VALUE)
        inherited[0] = NULL;
    bool good = inherited[0] && CreatePipe(&streams[0].file, &inherited[1], &inherit, 0) &&
                CreatePipe(&streams[1].file, &inherited[2], &inherit, 0);
    return good && SetHandleInformation(streams[0].file, HANDLE_FLAG_INHERIT, 0) &&
           SetHandleInformation(streams[1].file, HANDLE_FLAG_INHERIT, 0);
}

static void close_if_open(HANDLE handle)
{
    if (handle)
        CloseHandle(handle);
}

static void wait_for(child *program, stream streams[2], unsigned timeout_seconds, os_run_result *out)
{
    HANDLE threads[3] = {CreateThread(NULL, 0, drain, &streams[0], 0, NULL),
                         CreateThread(NULL, 0, drain, &streams[1], 0, NULL), program->process.hProcess};
    bool both = threads[0] && threads[1];
    DWORD waited = both ? WaitForMultipleObjects(3, threads, TRUE, timeout_seconds * 1000) : WAIT_FAILED;
    out->timed_out = waited == WAIT_TIMEOUT;
    if (waited == WAIT_TIMEOUT || waited == WAIT_FAILED)
        end_family(program);
    WaitForSingleObject(program->process.hProcess, INFINITE);
    for (size_t i = 0; i < 2; i++) {
        if (!threads[i])
            continue;
        if (WaitForSingleObject(threads[i], 5000) == WAIT_TIMEOUT)
            CancelSynchronousIo(threads[i]); /* a stranger holds the pipe */
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    DWORD code = 1;
    GetExitCodeProcess(program->process.hProcess, &code);
    out->exit_code = (int)code;
}

static qubes_status run(const char *program, const char *const *argv, unsigned timeout_seconds, stream streams[2],
                        wchar_t *line, os_run_result *out, qubes_error *err)
{
    wchar_t wide_program[QUBES_PATH_MAX];
    HANDLE inherited[3] = {NULL, NULL, NULL};
    child started = {0};
    qubes_status status = make_line(program, argv, wide_program, line, err);
    if (status == QUBES_OK &&
        (!open_handles(inherited, streams) || !create_process(wide_program, line, inherited, &started)))
        status = qubes_fail(err, QUBES_E_DRIVER, "%s: cannot be started: Windows error %lu", program, GetLastError());
    for (size_t i = 0; i < 3; i++)
        close_if_open(inherited[i]);
    if (status == QUBES_OK) {
        wait_for(&started, streams, timeout_seconds, out);
        CloseHandle(started.process.hThread);
        CloseHandle(started.process.hProcess);
        close_if_open(started.job);
    }
    close_if_open(streams[0].file);
    close_if_open(streams[1].file);
    return status;
}

qubes_status os_run(const char *program, const char *const *argv, unsigned timeout_seconds, os_run_result *out,
                    qubes_error *err)
{
    stream streams[2] = {{NULL, calloc(1, STREAM_MAX + 1), 0}, {NULL, calloc(1, STREAM_MAX + 1), 0}};
    wchar_t *line = malloc(LINE_MAX_WIDE * sizeof *line);
    qubes_status status = streams[0].data && streams[1].data && line
                              ? run(program, argv, timeout_seconds, streams, line, out, err)
                              : qubes_fail_memory(err);
    free(line);
    if (status != QUBES_OK) {
        free(streams[0].data);
        free(streams[1].data);
        return status;
    }
    out->output = streams[0].data;
    out->diagnostic = streams[1].data;
    return QUBES_OK;
}
