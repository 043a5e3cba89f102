/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The window on Windows: its controls show the model, and its buttons work. Arguments as of test-model. */
#include <windows.h>

#include <commctrl.h>

#include "view-windows.h"
#include "world.h"

static model shows;
static HWND window;
static int quit;

static void pump(void)
{
    MSG message;
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
        quit = quit || message.message == WM_QUIT;
        DispatchMessageW(&message);
    }
    nap();
}

static const char *cell(int control, int row, int column)
{
    static char out[QUBES_PATH_MAX];
    wchar_t text[QUBES_PATH_MAX] = L"";
    LVITEMW item = {.iSubItem = column, .pszText = text, .cchTextMax = QUBES_PATH_MAX};
    SendMessageW(GetDlgItem(window, control), LVM_GETITEMTEXTW, (WPARAM)row, (LPARAM)&item);
    qubes_from_wide(text, out, sizeof out);
    return out;
}

static int cell_becomes(int row, int column, const char *text)
{
    for (int turn = 0; turn < WAIT_TURNS && strcmp(cell(CONTROL_LIST, row, column), text) != 0; turn++)
        pump();
    return strcmp(cell(CONTROL_LIST, row, column), text) == 0;
}

static int rows(int control)
{
    return (int)SendMessageW(GetDlgItem(window, control), LVM_GETITEMCOUNT, 0, 0);
}

static int enabled(model_action action)
{
    return IsWindowEnabled(GetDlgItem(window, CONTROL_BUTTON + (int)action));
}

static void the_list_shows_all_domains_with_their_labels(void)
{
    CHECK(rows(CONTROL_LIST) == 4);
    CHECK_TEXT(cell(CONTROL_LIST, 0, COLUMN_NAME), "dom0");
    CHECK_TEXT(cell(CONTROL_LIST, 2, COLUMN_NAME), "work");
    CHECK_TEXT(cell(CONTROL_LIST, 2, COLUMN_STATE), "Halted");
    CHECK_TEXT(cell(CONTROL_LIST, 2, COLUMN_TEMPLATE), "deb");
    LVITEMW item = {.mask = LVIF_IMAGE, .iItem = 2};
    SendMessageW(GetDlgItem(window, CONTROL_LIST), LVM_GETITEMW, 0, (LPARAM)&item);
    CHECK(item.iImage == (int)qubes_label_by_name("blue")->index - 1);
    HIMAGELIST images = (HIMAGELIST)SendMessageW(GetDlgItem(window, CONTROL_LIST), LVM_GETIMAGELIST, LVSIL_SMALL, 0);
    CHECK(ImageList_GetImageCount(images) == QUBES_LABEL_COUNT);
}

static void selecting_shows_properties_and_enables_buttons(void)
{
    CHECK(rows(CONTROL_PROPERTIES) == 0 && !enabled(ACTION_START) && !enabled(ACTION_STOP) && enabled(ACTION_REFRESH));
    LVITEMW item = {.stateMask = LVIS_SELECTED | LVIS_FOCUSED, .state = LVIS_SELECTED | LVIS_FOCUSED};
    SendMessageW(GetDlgItem(window, CONTROL_LIST), LVM_SETITEMSTATE, 2, (LPARAM)&item);
    CHECK_TEXT(shows.selected, "work");
    CHECK(rows(CONTROL_PROPERTIES) > 10);
    CHECK_TEXT(cell(CONTROL_PROPERTIES, 0, 1), "work");
    CHECK(enabled(ACTION_START) && !enabled(ACTION_STOP));
}

static void buttons_start_and_stop(void)
{
    world_write("hang", "");
    SendMessageW(GetDlgItem(window, CONTROL_BUTTON + ACTION_START), BM_CLICK, 0, 0);
    CHECK(cell_becomes(2, COLUMN_STATE, "Starting"));
    CHECK(!enabled(ACTION_START));
    SendMessageW(window, WM_CLOSE, 0, 0); /* it must not leave what it began */
    pump();
    CHECK(IsWindow(window) && !quit);
    CHECK(remove(world_file("hang")) == 0);
    for (int turn = 0; turn < WAIT_TURNS && !quit; turn++)
        pump();
    CHECK(quit && !IsWindow(window));
    qubes_domain domain = {0};
    CHECK(qubes_domain_load(&world, "work", &domain, NULL) == QUBES_OK && domain.state == QUBES_STATE_RUNNING);
}

static void changes_by_others_appear(void)
{
    create("another", NULL, "deb", "yellow");
    CHECK(cell_becomes(1, COLUMN_NAME, "another"));
    CHECK(qubes_domain_remove(&world, "another", true, NULL) == QUBES_OK);
    CHECK(cell_becomes(1, COLUMN_NAME, "deb"));
    CHECK(rows(CONTROL_LIST) == 4);
}

int main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "start") == 0 || strcmp(argv[1], "stop") == 0 || strcmp(argv[1], "list") == 0))
        return world_driver(argc);
    if (argc != 3)
        return 2;
    world_begin(argv[1], argv[2]);
    model_init(&shows, &world);
    model_reload(&shows);
    window = view_open(GetModuleHandleW(NULL), &shows, SW_SHOWNORMAL);
    CHECK(window != NULL);
    if (window) {
        the_list_shows_all_domains_with_their_labels();
        changes_by_others_appear();
        selecting_shows_properties_and_enables_buttons();
        buttons_start_and_stop();
    }
    return test_report("view");
}
