/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applications' windows are shown, the desktop's furniture is not; menus are recognised. */
#include "check.h"
#include "choose.h"

static struct facts plain(void)
{
    return (struct facts){.class_name = "Notepad",
                          .style = FACT_CAPTION | FACT_THICK_FRAME,
                          .visible = true,
                          .width = 100,
                          .height = 50};
}

static void furniture_and_invisible_windows_are_left_out(void)
{
    const char *const names[] = {"Progman",       "WorkerW",        "Shell_TrayWnd", "Shell_SecondaryTrayWnd",
                                 "QubesGuiDaemon", "NotifyIconOverflowWindow"};
    struct facts facts = plain();

    CHECK(choose_shown(&facts));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        facts.class_name = names[i];
        CHECK(!choose_shown(&facts));
    }
    facts = plain();
    facts.visible = false;
    CHECK(!choose_shown(&facts));
    facts = plain();
    facts.cloaked = true;
    CHECK(!choose_shown(&facts));
    facts = plain();
    facts.own = true;
    CHECK(!choose_shown(&facts));
}

static void sizes_that_the_protocol_lacks_are_left_out(void)
{
    const uint32_t bad[][2] = {{0, 1}, {1, 0}, {16385, 1}, {1, 6145}};
    struct facts facts = plain();

    facts.width = 16384;
    facts.height = 6144;
    CHECK(choose_shown(&facts));
    for (size_t i = 0; i < 4; i++) {
        facts.width = bad[i][0];
        facts.height = bad[i][1];
        CHECK(!choose_shown(&facts));
    }
}

static void menus_are_recognised(void)
{
    struct facts facts = plain();

    CHECK(!choose_menu(&facts) && choose_resizable(&facts));
    facts.extended_style = FACT_TOOL_WINDOW; /* a tool window with a caption is moved by the user */
    CHECK(!choose_menu(&facts));
    facts.style = 0;
    CHECK(choose_menu(&facts) && !choose_resizable(&facts));
    facts.extended_style = FACT_NO_ACTIVATE;
    CHECK(choose_menu(&facts));
    facts.extended_style = FACT_TOOL_WINDOW | FACT_APP_WINDOW;
    CHECK(!choose_menu(&facts));
    facts.extended_style = 0; /* an application that draws its own frame */
    CHECK(!choose_menu(&facts));
    facts.class_name = "#32768";
    CHECK(choose_menu(&facts));
    facts.class_name = "tooltips_class32";
    CHECK(choose_menu(&facts));
}

int main(void)
{
    furniture_and_invisible_windows_are_left_out();
    sizes_that_the_protocol_lacks_are_left_out();
    menus_are_recognised();
    return 0;
}
