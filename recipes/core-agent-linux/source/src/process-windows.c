/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes on Windows: each in a job of its own, so that it can be ended with its children. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"
#include "user-windows.h"
#include "wide-windows.h"

#define LINE_SIZE 32768 /* CreateProcess takes no more */

struct os_process {
    HANDLE process;
    HANDLE job;
};

static void complain(char *why, size_t size, const char *what)
{
    snprintf(why, size, "%s: error %lu", what, GetLastError());
}

static HANDLE inheritable(HANDLE handle, bool close_source)
{
    HANDLE self = GetCurrentProcess(), copy = NULL;
    DWORD options = DUPLICATE_SAME_ACCESS | (close_source ? DUPLICATE_CLOSE_SOURCE : 0);

    return DuplicateHandle(self, handle, self, &copy, 0, TRUE, options) ? copy : NULL;
}

static HANDLE open_nothing(void)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), NULL, TRUE};
    HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 &attributes, OPEN_EXISTING, 0, NULL);

    return nothing != INVALID_HANDLE_VALUE ? nothing : NULL;
}

/* The child's handle number `which`; with a pipe, `mine` becomes this side's end. */
static HANDLE open_stdio(enum os_stdio kind, int which, HANDLE *mine)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    HANDLE reading, writing, own = GetStdHandle(names[which]);

    if (kind == OS_STDIO_PIPE) {
        if (!CreatePipe(&reading, &writing, NULL, 65536))
            return NULL;
        *mine = which == OS_STDIN ? writing : reading;
        return inheritable(which == OS_STDIN ? reading : writing, true);
    }
    if (kind == OS_STDIO_INHERIT && own != NULL && own != INVALID_HANDLE_VALUE) {
        HANDLE copy = inheritable(own, false);
        if (copy != NULL)
            return copy;
    }
    return open_nothing();
}

static void close_handles(HANDLE handles[3])
{
    for (int i = 0; i < 3; i++) {
        if (handles[i] != NULL)
            CloseHandle(handles[i]);
        handles[i] = NULL;
    }
}

static bool build_line(const struct os_process_spec *spec, wchar_t *line)
{
    wchar_t *argument = malloc(LINE_SIZE * sizeof(wchar_t));
    bool good = argument != NULL;

    line[0] = L'\0';
    if (spec->argv == NULL)
        good = good && wide_from(spec->line, line, LINE_SIZE);
    else
        for (const char *const *item = spec->argv; good && *item != NULL; item++)
            good = wide_from(*item, argument, LINE_SIZE) && wide_append_argument(line, LINE_SIZE, argument);
    free(argument);
    return good;
}

static bool is_named(const wchar_t *entry, const char *item)
{
    wchar_t name[OS_PATH_SIZE];
    const char *equals = strchr(item, '=');
    size_t length = equals != NULL ? (size_t)(equals - item) : strlen(item);

    return wide_from(item, name, OS_PATH_SIZE) && _wcsnicmp(entry, name, length + 1) == 0;
}

/*
 * An environment block: `base` without the variables that `added` names, then those of `added` that
 * have a value. NULL without memory or for ill-formed text. The caller frees it.
 */
static wchar_t *build_environment(const wchar_t *base, const char *const *added)
{
    size_t room = 2;

    for (const wchar_t *entry = base; *entry != L'\0'; entry += wcslen(entry) + 1)
        room += wcslen(entry) + 1;
    for (const char *const *item = added; *item != NULL; item++)
        room += strlen(*item) + 1;
    wchar_t *block = calloc(room, sizeof(wchar_t)), *at = block;
    if (block == NULL)
        return NULL;
    for (const wchar_t *entry = base; *entry != L'\0'; entry += wcslen(entry) + 1) {
        bool replaced = false;
        for (const char *const *item = added; *item != NULL; item++)
            replaced = replaced || is_named(entry, *item);
        if (replaced)
            continue;
        wcscpy(at, entry);
        at += wcslen(entry) + 1;
    }
    for (const char *const *item = added; *item != NULL; item++) {
        const char *equals = strchr(*item, '=');
        if (equals == NULL || equals[1] == '\0')
            continue; /* Windows knows no variable without a value */
        if (!wide_from(*item, at, room - (size_t)(at - block))) {
            free(block);
            return NULL;
        }
        at += wcslen(at) + 1;
    }
    return block;
}

static LPPROC_THREAD_ATTRIBUTE_LIST only_these(HANDLE handles[3])
{
    SIZE_T size = 0;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    if (list == NULL || !InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        free(list);
        return NULL;
    }
    if (!UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, 3 * sizeof(HANDLE), NULL,
                                   NULL)) {
        DeleteProcThreadAttributeList(list);
        free(list);
        return NULL;
    }
    return list;
}

static bool create(wchar_t *line, wchar_t *environment, const struct user_context *user, HANDLE handles[3],
                   PROCESS_INFORMATION *made)
{
    STARTUPINFOEXW start = {.StartupInfo = {.cb = sizeof(start), .dwFlags = STARTF_USESTDHANDLES}};
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW;
    const wchar_t *home = user->home[0] != L'\0' ? user->home : NULL;
    BOOL good;

    start.StartupInfo.hStdInput = handles[OS_STDIN];
    start.StartupInfo.hStdOutput = handles[OS_STDOUT];
    start.StartupInfo.hStdError = handles[OS_STDERR];
    start.lpAttributeList = only_these(handles);
    if (start.lpAttributeList == NULL)
        return false;
    if (user->token != NULL) {
        start.StartupInfo.lpDesktop = L"winsta0\\default";
        good = CreateProcessAsUserW(user->token, NULL, line, NULL, NULL, TRUE, flags, environment, home,
                                    &start.StartupInfo, made);
    } else {
        good = CreateProcessW(NULL, line, NULL, NULL, TRUE, flags, environment, NULL, &start.StartupInfo, made);
    }
    DWORD cause = GetLastError();
    DeleteProcThreadAttributeList(start.lpAttributeList);
    free(start.lpAttributeList);
    SetLastError(cause);
    return good;
}

static bool launch(const struct os_process_spec *spec, const struct user_context *user, HANDLE handles[3],
                   PROCESS_INFORMATION *made)
{
    static const char *const nothing[] = {NULL};
    wchar_t *own = user->environment == NULL ? GetEnvironmentStringsW() : NULL;
    wchar_t *environment = build_environment(own != NULL ? own : user->environment,
                                             spec->environment != NULL ? spec->environment : nothing);
    wchar_t *line = malloc(LINE_SIZE * sizeof(wchar_t));
    bool good = false;

    SetLastError(ERROR_INVALID_PARAMETER);
    if (environment != NULL && line != NULL && build_line(spec, line))
        good = create(line, environment, user, handles, made);
    DWORD cause = GetLastError();
    if (own != NULL)
        FreeEnvironmentStringsW(own);
    free(environment);
    free(line);
    SetLastError(cause);
    return good;
}

/* Lets the new process run, in a job that it cannot leave. */
static struct os_process *adopt(PROCESS_INFORMATION *made)
{
    struct os_process *process = calloc(1, sizeof(*process));
    HANDLE job = CreateJobObjectW(NULL, NULL);

    if (process == NULL || job == NULL || !AssignProcessToJobObject(job, made->hProcess)) {
        TerminateProcess(made->hProcess, 1);
        CloseHandle(made->hProcess);
        if (job != NULL)
            CloseHandle(job);
        free(process);
        process = NULL;
    } else {
        process->process = made->hProcess;
        process->job = job;
        ResumeThread(made->hThread);
    }
    CloseHandle(made->hThread);
    return process;
}

struct os_process *os_process_start(const struct os_process_spec *spec, struct os_stream *streams[3],
                                    char *why, size_t why_size)
{
    const char *name = spec->argv != NULL ? spec->argv[0] : spec->line;
    HANDLE mine[3] = {NULL}, theirs[3] = {NULL};
    PROCESS_INFORMATION made = {0};
    struct user_context user;
    struct os_process *process = NULL;
    bool good = true;

    if (!user_choose(spec->user, &user, why, why_size))
        return NULL;
    for (int i = 0; i < 3; i++) {
        theirs[i] = open_stdio(spec->stdio[i], i, &mine[i]);
        good = good && theirs[i] != NULL;
    }
    if (good && launch(spec, &user, theirs, &made))
        process = adopt(&made);
    if (process == NULL)
        complain(why, why_size, name);
    user_release(&user);
    close_handles(theirs);
    if (process == NULL) {
        close_handles(mine);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        if (mine[i] != NULL)
            streams[i] = os_stream_over(mine[i], i == OS_STDIN);
    return process;
}

os_handle os_process_handle(struct os_process *process)
{
    return process->process;
}

bool os_process_ended(struct os_process *process, int *code)
{
    DWORD status = 0;

    if (WaitForSingleObject(process->process, 0) != WAIT_OBJECT_0 || !GetExitCodeProcess(process->process, &status))
        return false;
    if (code != NULL)
        *code = (int)status;
    return true;
}

void os_process_end(struct os_process *process)
{
    TerminateJobObject(process->job, 1); /* Windows has no polite way for programs without windows */
    WaitForSingleObject(process->process, INFINITE);
}

void os_process_close(struct os_process *process)
{
    if (process == NULL)
        return;
    CloseHandle(process->process);
    CloseHandle(process->job);
    free(process);
}
