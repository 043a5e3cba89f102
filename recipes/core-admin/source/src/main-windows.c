/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where qubes-admin begins on Windows: wide arguments become UTF-8, output is the same bytes as on Linux. */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

#define ARGUMENTS_MAX 64

int wmain(int argc, wchar_t **argv)
{
    static char text[ARGUMENTS_MAX][QUBES_PATH_MAX];
    char *arguments[ARGUMENTS_MAX + 1];
    if (argc > ARGUMENTS_MAX)
        return command_usage("too many arguments");
    for (int i = 0; i < argc; i++) {
        if (!qubes_from_wide(argv[i], text[i], sizeof text[i]))
            return command_usage("an argument is too long or not Unicode");
        arguments[i] = text[i];
    }
    arguments[argc] = NULL;
    _setmode(_fileno(stdout), _O_BINARY);
    SetConsoleOutputCP(CP_UTF8);
    return command_main(argc, arguments);
}
