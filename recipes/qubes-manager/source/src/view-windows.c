/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The window on Windows: two list views, buttons and a line of text. */
#include "view-windows.h"

#include <commctrl.h>
#include <stdio.h>
#include <wchar.h>

#define RELOAD_MS 500
#define TIMER 1
#define MARGIN 8
#define BUTTON_WIDTH 100
#define BUTTON_HEIGHT 28
#define LINE_HEIGHT 20
#define PROPERTIES_WIDTH 340
#define CLASS_NAME L"QubesManager"

typedef struct view {
    model *shows;
    HWND window, list, properties, message, buttons[ACTION_COUNT];
    bool updating; /* we change the list ourselves: what it notifies is not the person */
    bool closing;
} view;

static void set_text(HWND control, const char *text)
{
    wchar_t wide[MODEL_MESSAGE], before[MODEL_MESSAGE];
    if (!qubes_to_wide(text, wide, MODEL_MESSAGE))
        wcscpy(wide, L"?");
    GetWindowTextW(control, before, MODEL_MESSAGE);
    if (wcscmp(wide, before) != 0) /* no flicker */
        SetWindowTextW(control, wide);
}

static void set_cell(HWND list, int row, int column, const char *text)
{
    wchar_t wide[QUBES_PATH_MAX];
    if (!qubes_to_wide(text, wide, QUBES_PATH_MAX))
        wcscpy(wide, L"?");
    LVITEMW item = {.mask = LVIF_TEXT, .iItem = row, .iSubItem = column, .pszText = wide};
    SendMessageW(list, LVM_SETITEMTEXTW, (WPARAM)row, (LPARAM)&item);
}

static void insert_row(HWND list, int row, int image)
{
    wchar_t empty[] = L"";
    LVITEMW item = {.mask = LVIF_TEXT | LVIF_IMAGE, .iItem = row, .pszText = empty, .iImage = image};
    SendMessageW(list, LVM_INSERTITEMW, 0, (LPARAM)&item);
}

static void insert_column(HWND list, int column, const char *text, int width)
{
    wchar_t wide[64];
    qubes_to_wide(text, wide, 64);
    LVCOLUMNW what = {.mask = LVCF_TEXT | LVCF_WIDTH, .cx = width, .pszText = wide};
    SendMessageW(list, LVM_INSERTCOLUMNW, (WPARAM)column, (LPARAM)&what);
}

/* A square of each label's colour, in the order of the labels. */
static HIMAGELIST make_swatches(void)
{
    HIMAGELIST swatches = ImageList_Create(16, 16, ILC_COLOR24, QUBES_LABEL_COUNT, 0);
    HDC screen = GetDC(NULL), memory = CreateCompatibleDC(screen);
    for (unsigned i = 0; i < QUBES_LABEL_COUNT; i++) {
        RECT whole = {0, 0, 16, 16}, inner = {2, 2, 14, 14};
        uint32_t rgb = qubes_labels[i].rgb;
        HBITMAP bitmap = CreateCompatibleBitmap(screen, 16, 16);
        HGDIOBJ before = SelectObject(memory, bitmap);
        HBRUSH brush = CreateSolidBrush(RGB(rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff));
        FillRect(memory, &whole, GetStockObject(WHITE_BRUSH));
        FillRect(memory, &inner, brush);
        DeleteObject(brush);
        SelectObject(memory, before);
        ImageList_Add(swatches, bitmap, NULL);
        DeleteObject(bitmap);
    }
    DeleteDC(memory);
    ReleaseDC(NULL, screen);
    return swatches;
}

static void show_list(view *on)
{
    int count = (int)on->shows->domains.count;
    while ((int)SendMessageW(on->list, LVM_GETITEMCOUNT, 0, 0) > count)
        SendMessageW(on->list, LVM_DELETEITEM, (WPARAM)count, 0);
    for (int row = 0; row < count; row++) {
        int image = (int)on->shows->domains.items[row].label->index - 1;
        if ((int)SendMessageW(on->list, LVM_GETITEMCOUNT, 0, 0) <= row)
            insert_row(on->list, row, image);
        LVITEMW item = {.mask = LVIF_IMAGE | LVIF_STATE, .iItem = row, .iImage = image, .stateMask = LVIS_SELECTED | LVIS_FOCUSED};
        if (row == model_selected_index(on->shows))
            item.state = LVIS_SELECTED | LVIS_FOCUSED;
        SendMessageW(on->list, LVM_SETITEMW, 0, (LPARAM)&item);
        for (int column = 0; column < COLUMN_COUNT; column++)
            set_cell(on->list, row, column, model_cell(on->shows, (size_t)row, (model_column)column));
    }
}

typedef struct property_row {
    HWND list;
    int row;
} property_row;

static void show_property(void *context, const char *key, const char *value)
{
    property_row *at = context;
    if ((int)SendMessageW(at->list, LVM_GETITEMCOUNT, 0, 0) <= at->row)
        insert_row(at->list, at->row, 0);
    set_cell(at->list, at->row, 0, key);
    set_cell(at->list, at->row, 1, value);
    at->row++;
}

static void show_all(view *on)
{
    property_row at = {on->properties, 0};
    on->updating = true;
    show_list(on);
    on->updating = false;
    model_each_property(on->shows, show_property, &at);
    while ((int)SendMessageW(on->properties, LVM_GETITEMCOUNT, 0, 0) > at.row)
        SendMessageW(on->properties, LVM_DELETEITEM, (WPARAM)at.row, 0);
    for (int i = 0; i < ACTION_COUNT; i++)
        EnableWindow(on->buttons[i], model_can(on->shows, (model_action)i));
    set_text(on->message, on->closing ? "Closing when what is under way has finished" : on->shows->message);
}

static HWND make_list(const view *on, HINSTANCE instance, int id)
{
    HWND list = CreateWindowExW(WS_EX_CLIENTEDGE, WC_LISTVIEWW, L"",
                                WS_CHILD | WS_VISIBLE | WS_TABSTOP | LVS_REPORT | LVS_SINGLESEL | LVS_SHOWSELALWAYS, 0, 0, 0,
                                0, on->window, (HMENU)(INT_PTR)id, instance, NULL);
    SendMessageW(list, LVM_SETEXTENDEDLISTVIEWSTYLE, LVS_EX_FULLROWSELECT, LVS_EX_FULLROWSELECT);
    return list;
}

static void make_controls(view *on, HINSTANCE instance)
{
    static const int widths[COLUMN_COUNT] = {150, 80, 100, 110, 110};
    WPARAM font = (WPARAM)GetStockObject(DEFAULT_GUI_FONT);
    on->list = make_list(on, instance, CONTROL_LIST);
    on->properties = make_list(on, instance, CONTROL_PROPERTIES);
    SendMessageW(on->list, LVM_SETIMAGELIST, LVSIL_SMALL, (LPARAM)make_swatches()); /* the list frees it */
    for (int i = 0; i < COLUMN_COUNT; i++)
        insert_column(on->list, i, model_column_name((model_column)i), widths[i]);
    insert_column(on->properties, 0, "Property", 150);
    insert_column(on->properties, 1, "Value", 180);
    on->message = CreateWindowExW(0, L"STATIC", L"", WS_CHILD | WS_VISIBLE | SS_NOPREFIX | SS_ENDELLIPSIS, 0, 0, 0, 0,
                                  on->window, (HMENU)(INT_PTR)CONTROL_MESSAGE, instance, NULL);
    SendMessageW(on->message, WM_SETFONT, font, FALSE);
    for (int i = 0; i < ACTION_COUNT; i++) {
        wchar_t text[32];
        qubes_to_wide(model_action_name((model_action)i), text, 32);
        on->buttons[i] = CreateWindowExW(0, L"BUTTON", text, WS_CHILD | WS_VISIBLE | WS_TABSTOP, 0, 0, 0, 0, on->window,
                                         (HMENU)(INT_PTR)(CONTROL_BUTTON + i), instance, NULL);
        SendMessageW(on->buttons[i], WM_SETFONT, font, FALSE);
    }
}

static void place(const view *on)
{
    RECT area;
    GetClientRect(on->window, &area);
    int bottom = area.bottom - 2 * MARGIN - BUTTON_HEIGHT - LINE_HEIGHT - MARGIN;
    int width = area.right - PROPERTIES_WIDTH - 3 * MARGIN;
    MoveWindow(on->list, MARGIN, MARGIN, width, bottom - MARGIN, TRUE);
    MoveWindow(on->properties, width + 2 * MARGIN, MARGIN, PROPERTIES_WIDTH, bottom - MARGIN, TRUE);
    for (int i = 0; i < ACTION_COUNT; i++)
        MoveWindow(on->buttons[i], MARGIN + i * (BUTTON_WIDTH + MARGIN), bottom + MARGIN, BUTTON_WIDTH, BUTTON_HEIGHT, TRUE);
    MoveWindow(on->message, MARGIN, bottom + 2 * MARGIN + BUTTON_HEIGHT, area.right - 2 * MARGIN, LINE_HEIGHT, TRUE);
}

static void tick(view *on)
{
    bool collected = model_collect(on->shows), reloaded = model_reload(on->shows);
    if (collected || reloaded)
        show_all(on);
    if (on->closing && !model_is_busy(on->shows))
        DestroyWindow(on->window);
}

static void notified(view *on, const NMHDR *head)
{
    const NMLISTVIEW *change = (const NMLISTVIEW *)head;
    if (on->updating || head->hwndFrom != on->list || head->code != LVN_ITEMCHANGED ||
        !(change->uNewState & LVIS_SELECTED) || (change->uOldState & LVIS_SELECTED))
        return;
    model_select(on->shows, change->iItem);
    show_all(on);
}

static void create(HWND window, const CREATESTRUCTW *how)
{
    view *on = how->lpCreateParams;
    on->window = window;
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)on);
    make_controls(on, how->hInstance);
    show_all(on);
    SetTimer(window, TIMER, RELOAD_MS, NULL);
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM wide, LPARAM extra)
{
    view *on = (view *)GetWindowLongPtrW(window, GWLP_USERDATA);
    switch (message) {
    case WM_CREATE:
        create(window, (const CREATESTRUCTW *)extra);
        return 0;
    case WM_SIZE:
        place(on);
        return 0;
    case WM_TIMER:
        tick(on);
        return 0;
    case WM_NOTIFY:
        notified(on, (const NMHDR *)extra);
        return 0;
    case WM_COMMAND:
        if (LOWORD(wide) >= CONTROL_BUTTON && LOWORD(wide) < CONTROL_BUTTON + ACTION_COUNT) {
            model_act(on->shows, (model_action)(LOWORD(wide) - CONTROL_BUTTON));
            show_all(on);
        }
        return 0;
    case WM_CLOSE: /* a half-started domain must not be left without its record */
        on->closing = true;
        show_all(on);
        tick(on);
        return 0;
    case WM_DESTROY:
        KillTimer(window, TIMER);
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(window, message, wide, extra);
    }
}

HWND view_open(HINSTANCE instance, model *shows, int show_command)
{
    static view on;
    INITCOMMONCONTROLSEX controls = {sizeof controls, ICC_LISTVIEW_CLASSES};
    WNDCLASSW window_class = {.lpfnWndProc = procedure,
                              .hInstance = instance,
                              .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW),
                              .hIcon = LoadIconW(NULL, (LPCWSTR)IDI_APPLICATION),
                              .hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1),
                              .lpszClassName = CLASS_NAME};
    InitCommonControlsEx(&controls);
    if (!RegisterClassW(&window_class))
        return NULL;
    on = (view){.shows = shows};
    HWND window = CreateWindowExW(0, CLASS_NAME, L"Qubes Manager", WS_OVERLAPPEDWINDOW, CW_USEDEFAULT, CW_USEDEFAULT, 980,
                                  560, NULL, NULL, instance, &on);
    if (window)
        ShowWindow(window, show_command);
    return window;
}
