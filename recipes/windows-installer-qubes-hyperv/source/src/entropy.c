/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FSE and Huffman tables and streams. */
#include "entropy.h"

#include <string.h>

static unsigned highest_bit(uint32_t value)
{
    return 31u - (unsigned)__builtin_clz(value);
}

bool backward_begin(backward *in, bytes from)
{
    if (from.size == 0 || from.at[from.size - 1] == 0)
        return false;
    in->from = from;
    in->left = (int64_t)(from.size - 1) * 8 + highest_bit(from.at[from.size - 1]);
    return true;
}

uint32_t backward_read(backward *in, unsigned count)
{
    uint64_t value = 0;
    in->left -= count;
    /* The bits wanted are `count` from bit `left` on; those below bit 0 are zero. */
    for (int64_t byte = (in->left + count - 1) >> 3; byte >= 0 && byte * 8 > in->left - 8; byte--) {
        int64_t shift = byte * 8 - in->left;
        uint64_t octet = (size_t)byte < in->from.size ? in->from.at[byte] : 0;
        value |= shift >= 0 ? octet << shift : octet >> -shift;
    }
    return (uint32_t)(value & ((UINT64_C(1) << count) - 1));
}

bool fse_from_counts(fse *table, const int16_t *counts, unsigned symbols, unsigned accuracy)
{
    uint16_t next[FSE_MAX_SYMBOLS];
    const uint32_t size = 1u << accuracy, mask = size - 1, step = (size >> 1) + (size >> 3) + 3;
    uint32_t high = size, position = 0, used = 0;
    for (unsigned symbol = 0; symbol < symbols; symbol++) {
        used += counts[symbol] == -1 ? 1u : (uint32_t)counts[symbol];
        next[symbol] = counts[symbol] == -1 ? 1 : (uint16_t)counts[symbol];
        if (used > size)
            return false;
        if (counts[symbol] == -1)
            table->cells[--high].symbol = (uint8_t)symbol;
    }
    if (used != size)
        return false;
    for (unsigned symbol = 0; symbol < symbols; symbol++)
        for (int16_t i = 0; i < counts[symbol]; i++) {
            table->cells[position].symbol = (uint8_t)symbol;
            do
                position = (position + step) & mask;
            while (position >= high);
        }
    table->accuracy = accuracy;
    for (uint32_t i = 0; i < size; i++) {
        fse_cell *cell = &table->cells[i];
        uint32_t state = next[cell->symbol]++;
        cell->bits = (uint8_t)(accuracy - highest_bit(state));
        cell->base = (uint16_t)((state << cell->bits) - size);
    }
    return true;
}

/* A bit stream that is read from its beginning; zeros behind its end. */
typedef struct forward {
    bytes from;
    size_t position; /* in bits */
} forward;

static uint32_t forward_peek(const forward *in, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t bit = in->position + i;
        if (bit / 8 < in->from.size)
            value |= (uint32_t)(in->from.at[bit / 8] >> (bit % 8) & 1) << i;
    }
    return value;
}

static uint32_t forward_read(forward *in, unsigned count)
{
    uint32_t value = forward_peek(in, count);
    in->position += count;
    return value;
}

bool fse_read(fse *table, bytes *from, unsigned max_symbols, unsigned max_accuracy)
{
    int16_t counts[FSE_MAX_SYMBOLS] = {0};
    forward in = {*from, 0};
    unsigned symbols = 0, accuracy = forward_read(&in, 4) + 5;
    if (accuracy > max_accuracy)
        return false;
    uint32_t remaining = (1u << accuracy) + 1;
    while (remaining > 1) {
        /* A value below `remaining` in as few bits as tell it from all others. */
        unsigned bits = highest_bit(remaining) + 1;
        uint32_t threshold = 1u << (bits - 1), spare = 2 * threshold - 1 - remaining;
        uint32_t value = forward_peek(&in, bits);
        if ((value & (threshold - 1)) < spare) {
            value &= threshold - 1;
            in.position += bits - 1;
        } else {
            if (value >= threshold)
                value -= spare;
            in.position += bits;
        }
        if (symbols == max_symbols || value > remaining)
            return false;
        int16_t count = (int16_t)((int)value - 1);
        counts[symbols++] = count;
        remaining -= count < 0 ? 1u : (uint32_t)count;
        for (uint32_t zeros = count == 0 ? 3 : 0; zeros == 3;) {
            zeros = forward_read(&in, 2);
            if (zeros > max_symbols - symbols)
                return false;
            symbols += zeros;
        }
    }
    size_t used = (in.position + 7) / 8;
    if (remaining != 1 || used > from->size)
        return false;
    from->at += used;
    from->size -= used;
    return fse_from_counts(table, counts, symbols, accuracy);
}

void fse_single(fse *table, uint8_t symbol)
{
    table->accuracy = 0;
    table->cells[0] = (fse_cell){symbol, 0, 0};
}

/* Weights of symbols that are themselves coded: two states take turns until the stream is used up. */
static bool read_coded_weights(bytes stream, uint8_t weights[256], unsigned *count)
{
    fse table;
    backward in;
    if (!fse_read(&table, &stream, 13, 6) || !backward_begin(&in, stream))
        return false;
    uint32_t states[2] = {backward_read(&in, table.accuracy), 0};
    states[1] = backward_read(&in, table.accuracy);
    for (unsigned turn = 0;; turn ^= 1) {
        const fse_cell *cell = &table.cells[states[turn]];
        if (in.left < 0 || *count >= 254)
            return false;
        weights[(*count)++] = cell->symbol;
        states[turn] = cell->base + backward_read(&in, cell->bits);
        if (in.left < 0) {
            weights[(*count)++] = table.cells[states[turn ^ 1]].symbol;
            return true;
        }
    }
}

static bool fill_tree(huffman *tree, uint8_t weights[256], unsigned count)
{
    uint32_t sum = 0, position = 0;
    for (unsigned i = 0; i < count; i++) {
        if (weights[i] > HUFFMAN_MAX_BITS)
            return false;
        sum += weights[i] > 0 ? 1u << (weights[i] - 1) : 0;
    }
    if (sum == 0)
        return false;
    unsigned bits = highest_bit(sum) + 1;
    uint32_t left = (1u << bits) - sum;
    /* The last symbol takes what is left, which has to be a power of two. */
    if (bits > HUFFMAN_MAX_BITS || (left & (left - 1)) != 0)
        return false;
    weights[count] = (uint8_t)(highest_bit(left) + 1);
    for (unsigned weight = 1; weight <= bits; weight++)
        for (unsigned symbol = 0; symbol <= count; symbol++)
            if (weights[symbol] == weight)
                for (uint32_t i = 0; i < 1u << (weight - 1); i++, position++) {
                    tree->cells[position].symbol = (uint8_t)symbol;
                    tree->cells[position].bits = (uint8_t)(bits + 1 - weight);
                }
    tree->bits = bits;
    return true;
}

bool huffman_read(huffman *tree, bytes *from)
{
    uint8_t weights[256] = {0};
    unsigned count = 0;
    if (from->size == 0)
        return false;
    const uint8_t header = from->at[0];
    const size_t size = header < 128 ? header : (header - 127u + 1) / 2;
    if (size > from->size - 1)
        return false;
    const bytes description = {from->at + 1, size};
    from->at += 1 + size;
    from->size -= 1 + size;
    if (header < 128) {
        if (!read_coded_weights(description, weights, &count))
            return false;
    } else
        for (count = 0; count < header - 127u; count++)
            weights[count] = count % 2 == 0 ? description.at[count / 2] >> 4 : description.at[count / 2] & 15;
    return fill_tree(tree, weights, count);
}

bool huffman_decode(const huffman *tree, bytes stream, uint8_t *out, size_t count)
{
    backward in;
    if (tree->bits == 0 || !backward_begin(&in, stream))
        return false;
    const uint32_t mask = (1u << tree->bits) - 1;
    uint32_t window = backward_read(&in, tree->bits);
    for (size_t i = 0; i < count; i++) {
        const uint8_t bits = tree->cells[window].bits;
        out[i] = tree->cells[window].symbol;
        window = ((window << bits) & mask) | backward_read(&in, bits);
    }
    return in.left == -(int64_t)tree->bits;
}
