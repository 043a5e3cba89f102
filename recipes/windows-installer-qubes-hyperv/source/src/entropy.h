/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two codes of Zstandard, RFC 8878: FSE (section 4.1) and Huffman (4.2). Every input is hostile. */
#ifndef SETUP_ENTROPY_H
#define SETUP_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    const uint8_t *at;
    size_t size;
} bytes;

/* A bit stream that is read from its end, where the highest bit set in the last byte begins it. */
typedef struct backward {
    bytes from;
    int64_t left; /* bits; below zero after more was read than there is */
} backward;

bool backward_begin(backward *in, bytes from);
/* Up to 32 bits; zeros where there are none left. */
uint32_t backward_read(backward *in, unsigned count);

enum { FSE_MAX_ACCURACY = 9, FSE_MAX_SYMBOLS = 256, HUFFMAN_MAX_BITS = 11 };

typedef struct fse_cell {
    uint8_t symbol, bits;
    uint16_t base;
} fse_cell;

typedef struct fse {
    unsigned accuracy;
    fse_cell cells[1 << FSE_MAX_ACCURACY];
} fse;

/* A table from the probabilities of symbols, where -1 means "less than one". */
bool fse_from_counts(fse *table, const int16_t *counts, unsigned symbols, unsigned accuracy);
/* A table from its description; takes what it read off `from`. */
bool fse_read(fse *table, bytes *from, unsigned max_symbols, unsigned max_accuracy);
/* A table that has nothing but one symbol. */
void fse_single(fse *table, uint8_t symbol);

typedef struct huffman {
    unsigned bits; /* of the longest code; 0: none was read yet */
    struct {
        uint8_t symbol, bits;
    } cells[1 << HUFFMAN_MAX_BITS];
} huffman;

/* Reads the description of a tree; takes it off `from`. */
bool huffman_read(huffman *tree, bytes *from);
/* Decodes exactly `count` symbols that make up the whole stream. */
bool huffman_decode(const huffman *tree, bytes stream, uint8_t *out, size_t count);

#endif
