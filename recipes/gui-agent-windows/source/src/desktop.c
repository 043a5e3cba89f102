/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows of this desktop, and what the daemon is told about them. */
#include "desktop.h"

#include <stdio.h>
#include <stdlib.h>

#include <qubes-gui/text.h>

#include "choose.h"

/* Hooks miss some changes: everything is looked at again after this many milliseconds. */
#define SCAN_PERIOD 1000

/* Attributes of dwmapi.h. */
#define DWM_FRAME_BOUNDS 9
#define DWM_CLOAKED 14

/* The hook has no argument of ours. */
static struct desktop *hooked;

static void CALLBACK on_change(HWINEVENTHOOK hook, DWORD event, HWND hwnd, LONG object, LONG child, DWORD thread,
                               DWORD time)
{
    (void)hook;
    (void)event;
    (void)thread;
    (void)time;
    if (hwnd && object == OBJID_WINDOW && child == CHILDID_SELF)
        hooked->stale = true;
}

bool desktop_open(struct desktop *desktop, struct gui_agent *agent, bool from_screen)
{
    desktop->agent = agent;
    desktop->from_screen = from_screen;
    desktop->stale = true;
    desktop->mine = CreateWindowExW(0, L"STATIC", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, GetModuleHandleW(NULL), NULL);
    hooked = desktop;
    desktop->hook = SetWinEventHook(EVENT_OBJECT_CREATE, EVENT_OBJECT_NAMECHANGE, NULL, on_change, 0, 0,
                                    WINEVENT_OUTOFCONTEXT | WINEVENT_SKIPOWNPROCESS);
    if (desktop->mine && desktop->hook)
        return true;
    fprintf(stderr, "qubes-gui-agent: no desktop: error %lu\n", GetLastError());
    return false;
}

/* The compositor's word on a window; false where there is none. */
static bool ask_compositor(HWND hwnd, DWORD attribute, void *value, DWORD size)
{
    typedef HRESULT(WINAPI * get_attribute)(HWND, DWORD, void *, DWORD);
    static get_attribute get;
    static bool looked;

    if (!looked) {
        HMODULE dwm = LoadLibraryExW(L"dwmapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

        get = dwm ? (get_attribute)(void *)GetProcAddress(dwm, "DwmGetWindowAttribute") : NULL;
        looked = true;
    }
    return get && SUCCEEDED(get(hwnd, attribute, value, size));
}

bool desktop_place(struct pane *pane, struct gui_agent_state *state)
{
    RECT whole, bounds;

    if (!GetWindowRect(pane->hwnd, &whole))
        return false;
    if (!ask_compositor(pane->hwnd, DWM_FRAME_BOUNDS, &bounds, sizeof bounds) || bounds.left < whole.left ||
        bounds.top < whole.top || bounds.right > whole.right || bounds.bottom > whole.bottom ||
        bounds.left >= bounds.right || bounds.top >= bounds.bottom)
        bounds = whole;
    pane->inset = (POINT){bounds.left - whole.left, bounds.top - whole.top};
    pane->width = (uint32_t)(bounds.right - bounds.left);
    pane->height = (uint32_t)(bounds.bottom - bounds.top);
    state->x = bounds.left;
    state->y = bounds.top;
    state->width = pane->width;
    state->height = pane->height;
    return true;
}

struct pane *desktop_pane(const struct desktop *desktop, uint32_t window)
{
    struct pane *pane = desktop->panes;

    while (pane && window_id(pane->hwnd) != window)
        pane = pane->next;
    return pane;
}

static void copy_text(char *out, size_t size, const wchar_t *text)
{
    char utf8[1024];
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);

    gui_utf8_fit(out, size, utf8, length > 0 ? (size_t)length - 1 : 0);
}

/* GetWindowText would wait for a window that hangs; this asks the window manager only. */
static void read_title(HWND hwnd, char *out, size_t size)
{
    wchar_t title[256] = L"";

    InternalGetWindowText(hwnd, title, 256);
    copy_text(out, size, title);
}

static void read_facts(HWND hwnd, struct facts *facts, char *class_name, size_t size)
{
    wchar_t name[256] = L"";
    DWORD process = 0, cloaked = 0;

    GetClassNameW(hwnd, name, 256);
    copy_text(class_name, size, name);
    GetWindowThreadProcessId(hwnd, &process);
    facts->class_name = class_name;
    facts->style = (uint32_t)GetWindowLongW(hwnd, GWL_STYLE);
    facts->extended_style = (uint32_t)GetWindowLongW(hwnd, GWL_EXSTYLE);
    facts->visible = IsWindowVisible(hwnd) != 0;
    facts->cloaked = ask_compositor(hwnd, DWM_CLOAKED, &cloaked, sizeof cloaked) && cloaked;
    facts->own = process == GetCurrentProcessId() || hwnd == GetConsoleWindow();
}

/* Cursors of the system as glyphs of the X11 cursor font. */
static uint32_t cursor_now(void)
{
    static const struct {
        LPCWSTR name;
        uint32_t glyph;
    } cursors[] = {
        {IDC_IBEAM, 152},  {IDC_HAND, 60},    {IDC_WAIT, 150},    {IDC_APPSTARTING, 150}, {IDC_CROSS, 34},
        {IDC_SIZEALL, 52}, {IDC_SIZEWE, 108}, {IDC_SIZENS, 116},  {IDC_SIZENWSE, 134},    {IDC_SIZENESW, 136},
        {IDC_HELP, 92},    {IDC_NO, 0},
    };
    CURSORINFO info = {.cbSize = sizeof info};

    if (!GetCursorInfo(&info))
        return GUI_CURSOR_DEFAULT;
    for (size_t i = 0; i < sizeof cursors / sizeof cursors[0]; i++) {
        if (info.hCursor == LoadCursorW(NULL, cursors[i].name))
            return GUI_CURSOR_X11 + cursors[i].glyph;
    }
    return GUI_CURSOR_DEFAULT;
}

static HWND under_pointer(void)
{
    POINT point;

    return GetCursorPos(&point) ? GetAncestor(WindowFromPoint(point), GA_ROOT) : NULL;
}

static void fill_state(struct desktop *desktop, struct pane *pane, const struct facts *facts,
                       struct gui_agent_state *state)
{
    const struct gui_agent_state *told = gui_agent_find(desktop->agent, window_id(pane->hwnd));
    HWND owner = GetWindow(pane->hwnd, GW_OWNER);

    state->mapped = true;
    state->override_redirect = choose_menu(facts);
    state->transient_for = owner && desktop_pane(desktop, window_id(owner)) ? window_id(owner) : 0;
    state->cursor = told ? told->cursor : GUI_CURSOR_DEFAULT;
    if (pane->hwnd == under_pointer())
        state->cursor = cursor_now();
    read_title(pane->hwnd, state->title, sizeof state->title);
    gui_utf8_fit(state->res_class, sizeof state->res_class, facts->class_name, strlen(facts->class_name));
    if (choose_resizable(facts))
        return;
    state->hints.flags = GUI_HINT_MIN_SIZE | GUI_HINT_MAX_SIZE;
    state->hints.min_width = state->hints.max_width = state->width;
    state->hints.min_height = state->hints.max_height = state->height;
}

static struct pane *adopt(struct desktop *desktop, HWND hwnd)
{
    struct pane *pane = desktop_pane(desktop, window_id(hwnd));

    if (pane)
        return pane;
    pane = calloc(1, sizeof *pane);
    if (!pane)
        return NULL;
    pane->hwnd = hwnd;
    pane->next = desktop->panes;
    desktop->panes = pane;
    return pane;
}

/* A minimised window has no place; it stays as it was told, and its daemon minimises it too. */
static bool keep_minimised(struct desktop *desktop, struct pane *pane, struct gui_agent_state *state)
{
    const struct gui_agent_state *told = gui_agent_find(desktop->agent, window_id(pane->hwnd));
    bool before = pane->minimised;

    pane->minimised = IsIconic(pane->hwnd) != 0;
    if (!pane->minimised || !told)
        return false;
    if (!before)
        gui_agent_flags(desktop->agent, window_id(pane->hwnd), GUI_FLAG_MINIMIZE, 0);
    *state = *told;
    return true;
}

static BOOL CALLBACK on_window(HWND hwnd, LPARAM argument)
{
    struct desktop *desktop = (struct desktop *)argument;
    struct pane *pane, probe = {.hwnd = hwnd};
    struct facts facts = {0};
    struct gui_agent_state state = {0};
    char class_name[256];

    read_facts(hwnd, &facts, class_name, sizeof class_name);
    if (!desktop_place(&probe, &state))
        return TRUE;
    facts.width = probe.width;
    facts.height = probe.height;
    if (!choose_shown(&facts) || (IsIconic(hwnd) && !desktop_pane(desktop, window_id(hwnd))))
        return TRUE;
    pane = adopt(desktop, hwnd);
    if (!pane)
        return TRUE;
    pane->generation = desktop->generation;
    if (!keep_minimised(desktop, pane, &state)) {
        if (pane->width != probe.width || pane->height != probe.height)
            pace_hurry(&pane->pace, GetTickCount64());
        desktop_place(pane, &state);
        fill_state(desktop, pane, &facts, &state);
    }
    gui_agent_update(desktop->agent, window_id(hwnd), &state);
    return TRUE;
}

void desktop_scan(struct desktop *desktop, uint64_t now)
{
    if (!desktop->stale && now < desktop->scan_due)
        return;
    desktop->stale = false;
    desktop->scan_due = now + SCAN_PERIOD;
    desktop->generation++;
    gui_agent_begin_scan(desktop->agent);
    EnumWindows(on_window, (LPARAM)desktop);
    gui_agent_end_scan(desktop->agent);
    for (struct pane **at = &desktop->panes; *at;) {
        struct pane *pane = *at;

        if (pane->generation == desktop->generation) {
            at = &pane->next;
            continue;
        }
        *at = pane->next;
        capture_free(pane);
        free(pane);
    }
}
