/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A qrexec-client-vm for tests, told by files in $FAKE_CLIENT_DIR: "answer" is sent back, "code" is the
 * exit code, "early": answer before reading, "refuse": end without reading, "touch" names a file that is
 * changed meanwhile. It leaves what it was given in "arguments" and "input".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

static const char *below(const char *name)
{
    static char path[4][1024];
    static unsigned turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", getenv("FAKE_CLIENT_DIR"), name);
    return out;
}

static size_t slurp(const char *name, char *out, size_t size)
{
    FILE *file = fopen(below(name), "rb");
    size_t count = file ? fread(out, 1, size - 1, file) : 0;
    out[count] = '\0';
    if (file)
        fclose(file);
    return count;
}

static int exists(const char *name)
{
    FILE *file = fopen(below(name), "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

static void answer(void)
{
    char buffer[4096];
    size_t count;
    FILE *file = fopen(below("answer"), "rb");
    while (file && (count = fread(buffer, 1, sizeof buffer, file)) > 0)
        fwrite(buffer, 1, count, stdout);
    if (file)
        fclose(file);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char buffer[4096];
    size_t count;
#ifdef _WIN32
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
#endif
    FILE *file = fopen(below("arguments"), "wb");
    for (int i = 1; i < argc && file; i++)
        fprintf(file, "%s\n", argv[i]);
    if (file)
        fclose(file);
    if (!exists("refuse")) {
        if (exists("early"))
            answer();
        file = fopen(below("input"), "wb");
        while (file && (count = fread(buffer, 1, sizeof buffer, stdin)) > 0)
            fwrite(buffer, 1, count, file);
        if (file)
            fclose(file);
        if (slurp("touch", buffer, sizeof buffer) && (file = fopen(buffer, "ab")) != NULL) {
            fputs("changed", file);
            fclose(file);
        }
        if (!exists("early"))
            answer();
    }
    slurp("code", buffer, sizeof buffer);
    return atoi(buffer);
}
