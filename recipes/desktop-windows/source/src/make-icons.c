/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Build-time program: writes LABEL.ico for each "LABEL #RRGGBB" of its arguments into the given directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "icon.h"

static int write_icon(const char *directory, const char *label, uint32_t rgb)
{
    char path[1024];
    size_t size;
    snprintf(path, sizeof path, "%s/%s.ico", directory, label);
    uint8_t *data = icon_make(rgb, &size);
    FILE *file = data ? fopen(path, "wb") : NULL;
    int good = file && fwrite(data, 1, size, file) == size;
    if (file && fclose(file) != 0)
        good = 0;
    free(data);
    if (!good)
        perror(path);
    return good;
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc % 2 != 0) {
        fputs("usage: make-icons DIRECTORY LABEL RRGGBB ...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i += 2) {
        char *end;
        unsigned long rgb = strtoul(argv[i + 1], &end, 16);
        if (*end || strlen(argv[i + 1]) != 6) {
            fprintf(stderr, "make-icons: not a colour: %s\n", argv[i + 1]);
            return 2;
        }
        if (!write_icon(argv[1], argv[i], (uint32_t)rgb))
            return 1;
    }
    return 0;
}
