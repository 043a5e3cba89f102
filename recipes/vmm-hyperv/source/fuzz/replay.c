/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without libFuzzer: on the given files, on every truncation of them, and on many
 * mutations that are the same in every run.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MUTATIONS 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* xorshift64* (Vigna): repeatable on every system. */
static uint64_t next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15u;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1du;
}

/* Some bytes replaced, a piece copied over another, or the length cut. */
static void mutate(const uint8_t *data, size_t size)
{
    static const char interesting[] = "\n\r \t=#!@*+:./\\\0-_09azAZ\x7f\x80\xff";
    static uint8_t copy[65536];
    if (size == 0 || size > sizeof copy)
        return;
    memcpy(copy, data, size);
    for (uint64_t changes = next_random() % 4 + 1; changes > 0; changes--) {
        size_t from = next_random() % size, to = next_random() % size;
        size_t most = size - (from > to ? from : to), length = next_random() % most + 1;
        if (next_random() % 3 == 0)
            memmove(copy + to, copy + from, length);
        else
            copy[to] = (uint8_t)interesting[next_random() % (sizeof interesting - 1)];
    }
    LLVMFuzzerTestOneInput(copy, next_random() % 4 == 0 ? next_random() % size : size);
}

int main(int argc, char **argv)
{
    static uint8_t data[1 << 20];
    if (argc < 2) {
        fputs("replay: no inputs\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        for (size_t cut = 0; cut <= size; cut++) /* every truncation too */
            LLVMFuzzerTestOneInput(data, cut);
        for (int round = 0; round < MUTATIONS; round++)
            mutate(data, size);
    }
    printf("%s: %d inputs\n", argv[0], argc - 1);
    return 0;
}
