/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service for tests: copies its input to its output; copy tick FILE writes to a file for ever. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv)
{
    static char data[65536];
    size_t size;

    if (argc == 3) {
        for (int ticks = 0;; ticks++) {
            FILE *file = _wfopen(argv[2], L"ab");
            if (file == NULL)
                return 1;
            fputc('.', file);
            fclose(file);
            if (ticks == 0) {
                puts("ticking");
                fflush(stdout);
            }
            Sleep(100);
        }
    }
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    while ((size = fread(data, 1, sizeof(data), stdin)) > 0)
        if (fwrite(data, 1, size, stdout) != size)
            return 1;
    return 0;
}
