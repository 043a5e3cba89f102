// A program for installer tests: writes its version and arguments to a file, ends with the code it is told.
// With "hang" for a code it makes the file and stays, unless the file is there already.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#ifndef VERSION
#define VERSION "1"
#endif

int main(int count, char **arguments)
{
    if (count > 2) {
        bool hang = strcmp(arguments[2], "hang") == 0;
        if (hang && GetFileAttributesA(arguments[1]) != INVALID_FILE_ATTRIBUTES)
            return 0;
        FILE *out = fopen(arguments[1], "ab");
        if (out == NULL)
            return 3;
        fprintf(out, "%s", VERSION);
        for (int i = 3; i < count; i++)
            fprintf(out, "|%s", arguments[i]);
        fprintf(out, "\n");
        fclose(out);
        if (hang)
            Sleep(INFINITE);
        return atoi(arguments[2]);
    }
    puts(VERSION);
    return 0;
}
