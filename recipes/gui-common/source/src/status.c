/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Names of statuses, as logs and tests show them. */
#include <qubes-gui/status.h>

static const char *const names[GUI_STATUS_COUNT] = {
    [GUI_OK] = "GUI_OK",
    [GUI_INCOMPLETE] = "GUI_INCOMPLETE",
    [GUI_CLOSED] = "GUI_CLOSED",
    [GUI_FULL] = "GUI_FULL",
    [GUI_BAD_VERSION] = "GUI_BAD_VERSION",
    [GUI_UNKNOWN_TYPE] = "GUI_UNKNOWN_TYPE",
    [GUI_WRONG_DIRECTION] = "GUI_WRONG_DIRECTION",
    [GUI_OBSOLETE] = "GUI_OBSOLETE",
    [GUI_BAD_LENGTH] = "GUI_BAD_LENGTH",
    [GUI_TOO_LARGE] = "GUI_TOO_LARGE",
    [GUI_BAD_DUMP_TYPE] = "GUI_BAD_DUMP_TYPE",
    [GUI_BAD_PIXEL_FORMAT] = "GUI_BAD_PIXEL_FORMAT",
    [GUI_OUT_OF_BOUNDS] = "GUI_OUT_OF_BOUNDS",
    [GUI_NO_MEMORY] = "GUI_NO_MEMORY",
    [GUI_UNKNOWN_WINDOW] = "GUI_UNKNOWN_WINDOW",
    [GUI_DUPLICATE_WINDOW] = "GUI_DUPLICATE_WINDOW",
    [GUI_TOO_MANY_WINDOWS] = "GUI_TOO_MANY_WINDOWS",
    [GUI_MEMORY_LIMIT] = "GUI_MEMORY_LIMIT",
    [GUI_UNSOLICITED_CLIPBOARD] = "GUI_UNSOLICITED_CLIPBOARD",
};

const char *gui_status_name(enum gui_status status)
{
    return (unsigned)status < GUI_STATUS_COUNT ? names[status] : "GUI_UNKNOWN_STATUS";
}
