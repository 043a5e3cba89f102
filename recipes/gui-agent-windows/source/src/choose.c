/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows that are shown, and which of them are menus. */
#include "choose.h"

#include <stddef.h>
#include <string.h>

#include <qubes-gui/protocol.h>

/* The desktop, the task bars, and windows that show another domain's: those would mirror each other. */
static const char *const furniture[] = {
    "Progman", "WorkerW", "Shell_TrayWnd", "Shell_SecondaryTrayWnd", "NotifyIconOverflowWindow", "QubesGuiDaemon",
};

/* The system's menus, tool tips, and lists of combo boxes. */
static const char *const menus[] = {"#32768", "tooltips_class32", "ComboLBox", "DropDown"};

static bool among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

bool choose_shown(const struct facts *facts)
{
    return facts->visible && !facts->cloaked && !facts->own && facts->width && facts->height &&
           facts->width <= GUI_MAX_WIDTH && facts->height <= GUI_MAX_HEIGHT &&
           !among(facts->class_name, furniture, sizeof furniture / sizeof furniture[0]);
}

bool choose_menu(const struct facts *facts)
{
    bool framed = (facts->style & FACT_CAPTION) == FACT_CAPTION || facts->style & FACT_THICK_FRAME;

    if (among(facts->class_name, menus, sizeof menus / sizeof menus[0]))
        return true;
    return !framed && !(facts->extended_style & FACT_APP_WINDOW) &&
           facts->extended_style & (FACT_TOOL_WINDOW | FACT_NO_ACTIVATE);
}

bool choose_resizable(const struct facts *facts)
{
    return (facts->style & FACT_THICK_FRAME) != 0;
}
