/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without libFuzzer: over each file, each of its beginnings and a number of
 * mutations that never changes: replay MUTATIONS FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each run gets memory of its exact size, so that a sanitizer sees the first byte beyond it. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);

    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static uint32_t pick(uint32_t below)
{
    static uint32_t state = 2463534242u; /* xorshift, Marsaglia 2003 */

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static void run_mutated(const uint8_t *data, size_t size)
{
    uint8_t copy[MOST];

    memcpy(copy, data, size);
    for (uint32_t changes = 1 + pick(4); changes > 0 && size > 0; changes--) {
        uint8_t *byte = &copy[pick((uint32_t)size)];
        switch (pick(3)) {
        case 0:
            *byte = (uint8_t)pick(256);
            break;
        case 1:
            *byte ^= (uint8_t)(1u << pick(8));
            break;
        default:
            *byte = copy[pick((uint32_t)size)];
        }
    }
    run(copy, size);
}

int main(int argc, char **argv)
{
    static uint8_t data[MOST];
    long mutations = argc > 2 ? atol(argv[1]) : 0;

    if (argc < 3)
        return 2;
    for (int i = 2; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            return 1;
        }
        size_t size = fread(data, 1, MOST, file);
        fclose(file);
        for (size_t cut = 0; cut <= size; cut++)
            run(data, cut);
        for (long round = 0; round < mutations; round++)
            run_mutated(data, size);
    }
    printf("%s: %d files, %ld mutations each\n", argv[0], argc - 2, mutations);
    return 0;
}
