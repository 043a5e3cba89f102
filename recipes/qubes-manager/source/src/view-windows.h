/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The window on Windows, for the program and for tests that look at its controls. */
#ifndef VIEW_WINDOWS_H
#define VIEW_WINDOWS_H

#include <windows.h>

#include "model.h"

/* The controls' numbers; buttons follow CONTROL_BUTTON in the order of the actions. */
enum { CONTROL_LIST = 100, CONTROL_PROPERTIES = 101, CONTROL_MESSAGE = 102, CONTROL_BUTTON = 110 };

/* Opens the window; NULL when it cannot. It posts WM_QUIT when it is gone. */
HWND view_open(HINSTANCE instance, model *shows, int show_command);

#endif
