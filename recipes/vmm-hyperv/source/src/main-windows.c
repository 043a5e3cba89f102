/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where qubes-vmm-hyperv begins on Windows: wide arguments become UTF-8, output has no carriage returns. */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "driver.h"

#define ARGUMENTS_MAX 4

int wmain(int argc, wchar_t **argv)
{
    static char text[ARGUMENTS_MAX][QUBES_PATH_MAX];
    char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    for (int i = 0; i < argc && i < ARGUMENTS_MAX; i++) {
        if (!qubes_from_wide(argv[i], text[i], sizeof text[i])) {
            fputs("qubes-vmm-hyperv: an argument is too long or not Unicode\n", stderr);
            return QUBES_E_USAGE;
        }
        arguments[i] = text[i];
    }
    _setmode(_fileno(stdout), _O_BINARY);
    /* No verb takes so many arguments that some were left out: the count alone is a usage error. */
    return driver_main(argc, arguments);
}
