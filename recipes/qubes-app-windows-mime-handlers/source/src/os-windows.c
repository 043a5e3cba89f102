/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What opening needs of the operating system, on Windows. */
#include "os.h"

#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <wchar.h>

#include "open.h"
#include "registration.h"
#include "request.h"

#define LINE_MAX_WIDE 32767 /* CreateProcess takes no more */

static bool widen(const char *text, wchar_t out[QUBES_PATH_MAX])
{
    return qubes_to_wide(text, out, QUBES_PATH_MAX);
}

qubes_status os_resolve(const char *path, char out[QUBES_PATH_MAX], qubes_error *err)
{
    wchar_t wide[QUBES_PATH_MAX], full[QUBES_PATH_MAX];
    const char *why = "it is too long or not Unicode";
    DWORD length = widen(path, wide) ? GetFullPathNameW(wide, QUBES_PATH_MAX, full, NULL) : 0;
    bool good = length > 0 && length < QUBES_PATH_MAX && qubes_from_wide(full, out, QUBES_PATH_MAX);
    if (good && request_path_is_plain(out, &why))
        return QUBES_OK;
    snprintf(err->text, sizeof err->text, "%.300s is not opened: %s.", path, why);
    return err->status = QUBES_E_INVALID;
}

bool os_file_version(const char *path, os_version *out)
{
    wchar_t wide[QUBES_PATH_MAX];
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!widen(path, wide) || !GetFileAttributesExW(wide, GetFileExInfoStandard, &data) ||
        (data.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE)))
        return false;
    out->size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    out->time = (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;
    return true;
}

FILE *os_open(const char *path)
{
    wchar_t wide[QUBES_PATH_MAX];
    return widen(path, wide) ? _wfopen(wide, L"rb") : NULL;
}

FILE *os_create_new(const char *path)
{
    wchar_t wide[QUBES_PATH_MAX];
    HANDLE file = widen(path, wide)
                      ? CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL)
                      : INVALID_HANDLE_VALUE;
    return file == INVALID_HANDLE_VALUE ? NULL : _fdopen(_open_osfhandle((intptr_t)file, _O_BINARY), "wb");
}

void os_remove(const char *path)
{
    wchar_t wide[QUBES_PATH_MAX];
    if (widen(path, wide))
        DeleteFileW(wide);
}

bool os_replace(const char *edited, const char *original)
{
    wchar_t from[QUBES_PATH_MAX], to[QUBES_PATH_MAX];
    if (!widen(edited, from) || !widen(original, to))
        return false;
    /* The first keeps the original's permissions and streams; not every file system can do it. */
    return ReplaceFileW(to, from, NULL, REPLACEFILE_IGNORE_MERGE_ERRORS, NULL, NULL) ||
           MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
}

bool os_rename_new(const char *from, const char *to)
{
    wchar_t wide_from[QUBES_PATH_MAX], wide_to[QUBES_PATH_MAX];
    return widen(from, wide_from) && widen(to, wide_to) && MoveFileExW(wide_from, wide_to, MOVEFILE_WRITE_THROUGH);
}

/* A pipe whose one end the child inherits. */
static bool make_pipe(HANDLE *ours, HANDLE *theirs, bool we_write)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    if (!CreatePipe(we_write ? theirs : ours, we_write ? ours : theirs, &inherit, 65536))
        return false;
    return SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0);
}

static bool make_line(const char *const *argv, wchar_t *line)
{
    wchar_t argument[QUBES_PATH_MAX];
    line[0] = L'\0';
    for (; *argv; argv++)
        if (!widen(*argv, argument) || !qubes_append_argument(line, LINE_MAX_WIDE, argument))
            return false;
    return true;
}

qubes_status os_start(const char *const *argv, os_process *out, qubes_error *err)
{
    static wchar_t line[LINE_MAX_WIDE];
    wchar_t program[QUBES_PATH_MAX];
    HANDLE to = NULL, from = NULL, input = NULL, output = NULL;
    STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process = {0};
    bool good = widen(argv[0], program) && make_line(argv, line) && make_pipe(&to, &input, true) &&
                make_pipe(&from, &output, false);
    start.hStdInput = input;
    start.hStdOutput = output;
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    good = good && CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &process);
    DWORD code = GetLastError();
    if (input)
        CloseHandle(input);
    if (output)
        CloseHandle(output);
    if (!good) {
        snprintf(err->text, sizeof err->text, "%.300s cannot be started: Windows error %lu.", argv[0], code);
        return err->status = OPEN_NO_SERVICE;
    }
    CloseHandle(process.hThread);
    out->handle = (intptr_t)process.hProcess;
    out->to = _fdopen(_open_osfhandle((intptr_t)to, _O_BINARY), "wb");
    out->from = _fdopen(_open_osfhandle((intptr_t)from, _O_BINARY), "rb");
    return QUBES_OK;
}

int os_finish(os_process *what)
{
    DWORD code = 1;
    if (what->to)
        fclose(what->to);
    if (what->from)
        fclose(what->from);
    WaitForSingleObject((HANDLE)what->handle, INFINITE);
    GetExitCodeProcess((HANDLE)what->handle, &code);
    CloseHandle((HANDLE)what->handle);
    return (int)code;
}

typedef struct aside {
    os_work *run;
    void *argument;
} aside;

static DWORD WINAPI begin(void *argument)
{
    const aside *what = argument;
    what->run(what->argument);
    return 0;
}

bool os_both(os_work *aside_work, void *argument, os_work *meanwhile, void *here)
{
    aside what = {aside_work, argument};
    HANDLE thread = CreateThread(NULL, 0, begin, &what, 0, NULL);
    if (!thread)
        return false;
    meanwhile(here);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    return true;
}

void os_tell(const char *text, bool quiet)
{
    wchar_t wide[2048];
    fprintf(stderr, "qubes-open: %s\n", text);
    fflush(stderr);
    if (!quiet && qubes_to_wide(text, wide, 2048))
        MessageBoxW(NULL, wide, L"Qubes", MB_ICONWARNING | MB_SETFOREGROUND);
}

typedef struct registry {
    HKEY root;
    LSTATUS code;
} registry;

static bool write_value(void *context, const char *key, const char *name, const char *text, bool whole_key)
{
    registry *in = context;
    wchar_t wide_key[256], wide_name[64], wide_text[2048];
    (void)whole_key;
    if (!qubes_to_wide(key, wide_key, 256) || !qubes_to_wide(name, wide_name, 64) || !qubes_to_wide(text, wide_text, 2048))
        in->code = ERROR_INVALID_DATA;
    else
        in->code = RegSetKeyValueW(in->root, wide_key, *wide_name ? wide_name : NULL, REG_SZ, wide_text,
                                   (DWORD)((wcslen(wide_text) + 1) * sizeof *wide_text));
    return in->code == ERROR_SUCCESS;
}

static bool remove_value(void *context, const char *key, const char *name, const char *text, bool whole_key)
{
    registry *in = context;
    wchar_t wide_key[256], wide_name[64];
    (void)text;
    if (!qubes_to_wide(key, wide_key, 256) || !qubes_to_wide(name, wide_name, 64))
        return false;
    LSTATUS code = whole_key ? RegDeleteTreeW(in->root, wide_key) : RegDeleteKeyValueW(in->root, wide_key, wide_name);
    if (code == ERROR_SUCCESS && whole_key)
        RegDeleteKeyW(in->root, wide_key); /* RegDeleteTree may leave the key itself */
    in->code = code == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : code;
    return in->code == ERROR_SUCCESS;
}

qubes_status os_register(const char *self, bool add, bool machine, qubes_error *err)
{
    registry in = {machine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER, ERROR_INVALID_DATA};
    if (registration_each(self, add ? write_value : remove_value, &in)) {
        /* SHCNE_ASSOCCHANGED: Explorer reads the associations anew. */
        HMODULE shell = LoadLibraryExW(L"shell32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
        typedef void(WINAPI * notify)(LONG, UINT, const void *, const void *);
        FARPROC found = shell ? GetProcAddress(shell, "SHChangeNotify") : NULL;
        notify function;
        memcpy(&function, &found, sizeof function);
        if (function)
            function(0x08000000, 0, NULL, NULL);
        return QUBES_OK;
    }
    snprintf(err->text, sizeof err->text, "The registry cannot be changed: Windows error %ld.", in.code);
    return err->status = QUBES_E_SYSTEM;
}

int wmain(int argc, wchar_t **argv)
{
    static char text[8][QUBES_PATH_MAX * 2];
    char *arguments[9] = {NULL}, self[QUBES_PATH_MAX];
    wchar_t path[QUBES_PATH_MAX];
    bool quiet = false;
    for (int i = 1; i < argc; i++)
        quiet = quiet || wcscmp(argv[i], L"--quiet") == 0;
    bool good = argc <= 8;
    for (int i = 0; i < argc && good; i++) {
        good = qubes_from_wide(argv[i], text[i], sizeof text[i]);
        arguments[i] = text[i];
    }
    DWORD length = GetModuleFileNameW(NULL, path, QUBES_PATH_MAX);
    good = good && length > 0 && length < QUBES_PATH_MAX && qubes_from_wide(path, self, sizeof self);
    if (!good) {
        os_tell("The command line is too long or not Unicode.", quiet);
        return QUBES_E_USAGE;
    }
    return open_main(self, argc, arguments);
}
