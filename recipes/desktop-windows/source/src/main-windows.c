/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qubes-desktop-sync: keeps the start menu in line with the domains, and is what its shortcuts start. */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "folder-windows.h"

#define QUIET_MS 500 /* a burst of changes is one */
#define QUIT_EVENT L"Local\\QubesDesktopSyncQuit"
#define ONE_MUTEX L"Local\\QubesDesktopSync"

static const char usage[] =
    "usage: qubes-desktop-sync [--machine] [--menu DIRECTORY] [--list | --remove | --watch]\n"
    "       qubes-desktop-sync --quit\n"
    "       qubes-desktop-sync [--quiet] --start NAME | --stop NAME\n"
    "Without a verb: brings the start menu in line with the domains once. --watch: again whenever they change,\n"
    "until --quit. --remove: takes all shortcuts away. --machine: the menu of all users.\n"
    "exit codes: those of qubes-admin (0 done, 1 system error, 2 usage, 3 not found, 5 invalid, 6 in use,\n"
    "            7 damaged file, 10 VMM driver failed)\n";

typedef enum verb { SYNC, LIST, REMOVE, WATCH, QUIT, START, STOP } verb;

typedef struct options {
    verb verb;
    bool machine, quiet;
    const wchar_t *menu, *name;
} options;

static bool parse(int argc, wchar_t **argv, options *out)
{
    static const struct {
        const wchar_t *word;
        verb verb;
        bool name;
    } verbs[] = {{L"--list", LIST, false}, {L"--remove", REMOVE, false}, {L"--watch", WATCH, false},
                 {L"--quit", QUIT, false}, {L"--start", START, true},    {L"--stop", STOP, true}};
    *out = (options){.verb = SYNC};
    for (int i = 1; i < argc; i++) {
        size_t v = 0;
        if (wcscmp(argv[i], L"--machine") == 0) {
            out->machine = true;
            continue;
        }
        if (wcscmp(argv[i], L"--quiet") == 0) {
            out->quiet = true;
            continue;
        }
        if (wcscmp(argv[i], L"--menu") == 0 && i + 1 < argc) {
            out->menu = argv[++i];
            continue;
        }
        while (v < sizeof verbs / sizeof *verbs && wcscmp(argv[i], verbs[v].word) != 0)
            v++;
        if (v == sizeof verbs / sizeof *verbs || out->verb != SYNC || (verbs[v].name && i + 1 >= argc))
            return false;
        out->verb = verbs[v].verb;
        if (verbs[v].name)
            out->name = argv[++i];
    }
    return true;
}

static int report(const char *text, qubes_status status, bool box)
{
    wchar_t wide[1024];
    if (status == QUBES_OK)
        return 0;
    fprintf(stderr, "qubes-desktop-sync: %s\n", text);
    fflush(stderr);
    if (box && qubes_to_wide(text, wide, 1024))
        MessageBoxW(NULL, wide, L"Qubes", MB_ICONWARNING | MB_SETFOREGROUND);
    return (int)status;
}

static qubes_status sync_once(const qubes_paths *paths, folder *of, qubes_error *err)
{
    char icons[QUBES_PATH_MAX];
    qubes_domain_list domains;
    menu planned;
    unsigned changes;
    menu_folder port = folder_port(of);
    int length = snprintf(icons, sizeof icons, "%s\\share\\desktop-windows\\icons", paths->install);
    if (length < 0 || (size_t)length >= sizeof icons) {
        snprintf(err->text, sizeof err->text, "the installation's path is too long");
        return err->status = QUBES_E_SYSTEM;
    }
    qubes_status status = qubes_domain_list_load(paths, &domains, err);
    if (status != QUBES_OK)
        return status;
    status = menu_plan(&domains, icons, '\\', &planned, err);
    qubes_domain_list_free(&domains);
    if (status != QUBES_OK)
        return status;
    status = menu_apply(&planned, &port, &changes, err);
    menu_free(&planned);
    folder_remove_if_empty(of);
    return status;
}

static qubes_status remove_all(folder *of, qubes_error *err)
{
    menu nothing = {0, NULL};
    unsigned changes;
    menu_folder port = folder_port(of);
    qubes_status status = menu_apply(&nothing, &port, &changes, err);
    folder_remove_if_empty(of);
    return status;
}

static qubes_status print_list(folder *of, qubes_error *err)
{
    menu present;
    menu_folder port = folder_port(of);
    qubes_status status = port.list(port.context, &present, err);
    if (status != QUBES_OK)
        return status;
    for (size_t i = 0; i < present.count; i++)
        printf("%s|%s|%s|%s\n", present.entries[i].name, present.entries[i].arguments, present.entries[i].icon,
               present.entries[i].comment);
    menu_free(&present);
    return QUBES_OK;
}

/* Waits for the next change below the directory, and for the quiet after it. False: quit. */
static bool wait_for_change(HANDLE quit, HANDLE change)
{
    HANDLE both[2] = {quit, change};
    DWORD wait = INFINITE;
    for (;;) {
        DWORD which = WaitForMultipleObjects(2, both, FALSE, wait);
        if (which == WAIT_TIMEOUT)
            return true;
        if (which != WAIT_OBJECT_0 + 1 || !FindNextChangeNotification(change))
            return false;
        wait = QUIET_MS;
    }
}

static qubes_status watch(const qubes_paths *paths, folder *of, qubes_error *err)
{
    wchar_t data[QUBES_PATH_MAX];
    HANDLE one = CreateMutexW(NULL, FALSE, ONE_MUTEX);
    if (!one || GetLastError() == ERROR_ALREADY_EXISTS) {
        snprintf(err->text, sizeof err->text, "it is watched already");
        return err->status = QUBES_E_IN_USE;
    }
    HANDLE quit = CreateEventW(NULL, TRUE, FALSE, QUIT_EVENT), change = INVALID_HANDLE_VALUE;
    if (quit && qubes_to_wide(paths->data, data, QUBES_PATH_MAX))
        change = FindFirstChangeNotificationW(data, TRUE, FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME |
                                                              FILE_NOTIFY_CHANGE_LAST_WRITE);
    if (change == INVALID_HANDLE_VALUE) {
        snprintf(err->text, sizeof err->text, "%.300s cannot be watched: Windows error %lu", paths->data, GetLastError());
        return err->status = QUBES_E_SYSTEM;
    }
    do {
        qubes_error problem; /* a file that is damaged now may be repaired: go on watching */
        if (sync_once(paths, of, &problem) != QUBES_OK)
            report(problem.text, problem.status, false);
    } while (wait_for_change(quit, change));
    FindCloseChangeNotification(change);
    CloseHandle(quit);
    CloseHandle(one);
    return QUBES_OK;
}

/* Tells a watching one to end, and waits until it has (an upgrade replaces its file). */
static qubes_status quit_watch(qubes_error *err)
{
    HANDLE quit = OpenEventW(EVENT_MODIFY_STATE, FALSE, QUIT_EVENT);
    if (!quit)
        return QUBES_OK; /* nobody watches */
    SetEvent(quit);
    CloseHandle(quit);
    for (int turn = 0; turn < 1000; turn++) {
        HANDLE one = OpenMutexW(SYNCHRONIZE, FALSE, ONE_MUTEX);
        if (!one)
            return QUBES_OK;
        CloseHandle(one);
        Sleep(20);
    }
    snprintf(err->text, sizeof err->text, "the watching one does not end");
    return err->status = QUBES_E_SYSTEM;
}

static qubes_status start_or_stop(const qubes_paths *paths, const options *how, qubes_error *err)
{
    char name[QUBES_NAME_MAX + 1];
    if (!qubes_from_wide(how->name, name, sizeof name)) {
        snprintf(err->text, sizeof err->text, "that is not the name of a domain");
        return err->status = QUBES_E_INVALID;
    }
    return how->verb == START ? qubes_vmm_start(paths, name, err) : qubes_vmm_stop(paths, name, err);
}

static qubes_status act(const options *how, qubes_error *err)
{
    qubes_paths paths;
    folder of;
    if (how->verb == QUIT)
        return quit_watch(err);
    qubes_status status = qubes_paths_find(&paths, err);
    if (status != QUBES_OK)
        return status;
    if (how->verb == START || how->verb == STOP)
        return start_or_stop(&paths, how, err);
    status = folder_find(how->machine, how->menu, &of, err);
    if (status != QUBES_OK)
        return status;
    switch (how->verb) {
    case LIST:
        return print_list(&of, err);
    case REMOVE:
        return remove_all(&of, err);
    case WATCH:
        return watch(&paths, &of, err);
    default:
        return sync_once(&paths, &of, err);
    }
}

int wmain(int argc, wchar_t **argv)
{
    options how;
    qubes_error err = {QUBES_OK, ""};
    if (argc == 2 && wcscmp(argv[1], L"--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(argc, argv, &how)) {
        fputs(usage, stderr);
        return QUBES_E_USAGE;
    }
    _setmode(_fileno(stdout), _O_BINARY);
    HRESULT com = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    qubes_status status = act(&how, &err);
    if (SUCCEEDED(com))
        CoUninitialize();
    return report(err.text, status, (how.verb == START || how.verb == STOP) && !how.quiet);
}
