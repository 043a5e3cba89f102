/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Runs a fuzz target without libFuzzer: usage: replay MUTATIONS FILE... Every file is given as it
 * is, then with that many mutations by a fixed pseudo-random sequence, so that runs repeat.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_INPUT 65536

static uint32_t sequence = 2463534242; /* any seed but 0: xorshift after Marsaglia */

static uint32_t next(void)
{
    sequence ^= sequence << 13;
    sequence ^= sequence >> 17;
    sequence ^= sequence << 5;
    return sequence;
}

/* Values at which lengths and positions break. */
static const uint32_t edges[] = {0, 1, 0x7f, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};

static size_t mutate(uint8_t *bytes, size_t size)
{
    for (uint32_t changes = 1 + next() % 4; changes && size; changes--) {
        size_t at = next() % size;
        uint32_t edge = edges[next() % (sizeof edges / sizeof edges[0])];

        switch (next() % 4) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << next() % 8);
            break;
        case 1:
            memcpy(bytes + at, &edge, size - at < 4 ? size - at : 4);
            break;
        case 2:
            size = at;
            break;
        default:
            if (size * 2 <= MAX_INPUT) {
                memmove(bytes + size, bytes + at, size - at);
                size += size - at;
            }
        }
    }
    return size;
}

/* An exact copy, so that the sanitizer sees any access beyond the end. */
static void run(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);

    if (!exact)
        exit(1);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void replay(const char *path, unsigned long mutations)
{
    static uint8_t original[MAX_INPUT], changed[MAX_INPUT];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file) {
        perror(path);
        exit(1);
    }
    size = fread(original, 1, sizeof original, file);
    fclose(file);
    run(original, size);
    for (unsigned long i = 0; i < mutations; i++) {
        memcpy(changed, original, size);
        run(changed, mutate(changed, size));
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: replay MUTATIONS FILE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        replay(argv[i], strtoul(argv[1], NULL, 10));
    printf("%d seeds, %s mutations of each\n", argc - 2, argv[1]);
    return 0;
}
