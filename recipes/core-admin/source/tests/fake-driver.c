/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * A VMM driver for tests: remembers in files of $FAKE_DRIVER_DIR what "runs" and what it was asked.
 * A file fail-NAME makes start and stop of NAME fail; a file hang makes every call wait for its removal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#define nap() Sleep(20)
#else
#include <unistd.h>
#define nap() usleep(20000)
#endif

static const char *below(const char *prefix, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", getenv("FAKE_DRIVER_DIR"), prefix, name);
    return path;
}

static int exists(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "ab");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

int main(int argc, char **argv)
{
    char line[256], text[4096] = "";
    snprintf(line, sizeof line, "%s%s%s\n", argc > 1 ? argv[1] : "", argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
    append(below("", "log"), line);
    while (exists(below("", "hang")))
        nap();
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        FILE *file = fopen(below("", "running"), "rb");
        if (file) {
            text[fread(text, 1, sizeof text - 1, file)] = '\0';
            fclose(file);
        }
        fputs(text, stdout);
        return 0;
    }
    if (argc != 3 || (strcmp(argv[1], "start") != 0 && strcmp(argv[1], "stop") != 0))
        return 2;
    if (exists(below("fail-", argv[2]))) {
        fputs("first line\nthe machine is on fire\n", stderr);
        return 9;
    }
    return 0;
}
