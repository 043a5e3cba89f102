/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zstandard frames and blocks; section numbers are those of RFC 8878. */
#include "zstd.h"

#include <stdlib.h>
#include <string.h>

#include "entropy.h"
#include "os.h"
#include "say.h"
#include "xxh64.h"

enum { BLOCK_MAX = 1 << 17, WINDOW_LOG_MAX = 27 };

/* One of the three codes of sequences (3.1.1.3.2.1): bounds, what is predefined, and the table in force. */
typedef struct code {
    const int16_t *defaults;
    unsigned default_symbols, default_accuracy, max_symbols, max_accuracy;
} code;

static const int16_t literal_defaults[] = {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2,  2,  2,  1,  1, 1, 2, 2,
                                           2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1,  1,  1,  1,  -1, -1, -1, -1};
static const int16_t match_defaults[] = {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1, 1, 1,
                                         1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  -1, -1, -1, -1, -1, -1, -1};
static const int16_t offset_defaults[] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1,  1,  1,  1, 1,
                                          1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};

enum { LITERALS, OFFSETS, MATCHES, CODES };
static const code codes[CODES] = {
    {literal_defaults, 36, 6, 36, 9},
    {offset_defaults, 29, 5, 32, 8},
    {match_defaults, 53, 6, 53, 9},
};

/* Lengths by code (3.1.1.3.2.1.1): the least one, and how many further bits say the rest. */
static const struct {
    uint32_t base;
    uint8_t bits;
} literal_lengths[] = {{16, 1}, {18, 1}, {20, 1}, {22, 1}, {24, 2}, {28, 2}, {32, 3}, {40, 3}, {48, 4}, {64, 6}, {128, 7}, {256, 8},
                       {512, 9}, {1024, 10}, {2048, 11}, {4096, 12}, {8192, 13}, {16384, 14}, {32768, 15}, {65536, 16}},
  match_lengths[] = {{35, 1}, {37, 1}, {39, 1}, {41, 1}, {43, 2}, {47, 2}, {51, 3}, {59, 3}, {67, 4}, {83, 4}, {99, 5}, {131, 7},
                     {259, 8}, {515, 9}, {1027, 10}, {2051, 11}, {4099, 12}, {8195, 13}, {16387, 14}, {32771, 15}, {65539, 16}};

typedef struct frame {
    FILE *in, *out;
    size_t window, block_max;
    bool has_size, has_checksum;
    uint64_t size, written; /* bytes of content: promised, and decoded */
    /* What has been decoded lately, at least `window` bytes of it once there are so many. */
    uint8_t *decoded;
    size_t filled, capacity;
    uint32_t repeats[3];
    huffman tree;
    fse tables[CODES];
    bool has_table[CODES];
    uint8_t block[BLOCK_MAX], literals[BLOCK_MAX];
    size_t literal_count;
    xxh64 hash;
} frame;

static bool damaged(void)
{
    return problem("The compressed file is damaged.");
}

static bool read_exactly(FILE *in, void *to, size_t size)
{
    if (fread(to, 1, size, in) == size)
        return true;
    return ferror(in) ? problem("The compressed file cannot be read: %s.", os_reason()) : damaged();
}

static uint64_t little(const uint8_t *at, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* Takes `size` bytes off the front. */
static bool take(bytes *from, size_t size, bytes *taken)
{
    if (from->size < size)
        return false;
    *taken = (bytes){from->at, size};
    from->at += size;
    from->size -= size;
    return true;
}

/* Room for one more block behind the window. */
static void make_room(frame *f)
{
    if (f->capacity - f->filled >= BLOCK_MAX)
        return;
    const size_t keep_from = f->filled - f->window;
    memmove(f->decoded, f->decoded + keep_from, f->window);
    f->filled = f->window;
}

static bool append(frame *f, const uint8_t *data, size_t size, size_t *room)
{
    if (size > *room)
        return false;
    memcpy(f->decoded + f->filled, data, size);
    f->filled += size;
    *room -= size;
    return true;
}

/* Literals_Section (3.1.1.3.1). */
static bool read_plain_literals(frame *f, bytes *from, bool repeated)
{
    const unsigned format = from->at[0] >> 2 & 3;
    const size_t header = format == 1 ? 2 : format == 3 ? 3 : 1;
    bytes head, content;
    if (!take(from, header, &head))
        return false;
    f->literal_count = (size_t)(little(head.at, header) >> (header == 1 ? 3 : 4));
    if (f->literal_count > f->block_max || !take(from, repeated ? 1 : f->literal_count, &content))
        return false;
    if (repeated)
        memset(f->literals, content.at[0], f->literal_count);
    else
        memcpy(f->literals, content.at, f->literal_count);
    return true;
}

static bool read_coded_literals(frame *f, bytes *from, bool with_tree)
{
    const unsigned format = from->at[0] >> 2 & 3, bits = format < 2 ? 10 : format == 2 ? 14 : 18;
    const size_t header = format < 2 ? 3 : format == 2 ? 4 : 5;
    bytes head, content, sizes, stream;
    if (!take(from, header, &head))
        return false;
    const uint64_t fields = little(head.at, header) >> 4, mask = (UINT64_C(1) << bits) - 1;
    f->literal_count = (size_t)(fields & mask);
    if (f->literal_count > f->block_max || !take(from, (size_t)(fields >> bits & mask), &content))
        return false;
    if (with_tree && !huffman_read(&f->tree, &content))
        return false;
    if (format == 0)
        return huffman_decode(&f->tree, content, f->literals, f->literal_count);
    if (!take(&content, 6, &sizes))
        return false;
    const size_t each = (f->literal_count + 3) / 4;
    for (unsigned i = 0; i < 4; i++) {
        const size_t done = i * each, size = i < 3 ? (size_t)little(sizes.at + 2 * i, 2) : content.size;
        if (done > f->literal_count || (i < 3 && f->literal_count - done < each) || !take(&content, size, &stream) ||
            !huffman_decode(&f->tree, stream, f->literals + done, i < 3 ? each : f->literal_count - done))
            return false;
    }
    return true;
}

static bool read_literals(frame *f, bytes *from)
{
    if (from->size == 0)
        return false;
    switch (from->at[0] & 3) {
    case 0:
        return read_plain_literals(f, from, false);
    case 1:
        return read_plain_literals(f, from, true);
    case 2:
        return read_coded_literals(f, from, true);
    default:
        return read_coded_literals(f, from, false);
    }
}

static bool read_table(frame *f, unsigned which, unsigned mode, bytes *from)
{
    const code *of = &codes[which];
    fse *table = &f->tables[which];
    bytes symbol;
    switch (mode) {
    case 0:
        f->has_table[which] = fse_from_counts(table, of->defaults, of->default_symbols, of->default_accuracy);
        break;
    case 1:
        f->has_table[which] = take(from, 1, &symbol) && symbol.at[0] < of->max_symbols;
        if (f->has_table[which])
            fse_single(table, symbol.at[0]);
        break;
    case 2:
        f->has_table[which] = fse_read(table, from, of->max_symbols, of->max_accuracy);
        break;
    default: /* as in the block before */
        break;
    }
    return f->has_table[which];
}

/* An offset from its value, with the three offsets that may be repeated (3.1.1.5). */
static uint32_t offset_of(frame *f, uint32_t value, bool without_literals)
{
    uint32_t *repeats = f->repeats;
    if (value > 3) {
        repeats[2] = repeats[1];
        repeats[1] = repeats[0];
        return repeats[0] = value - 3;
    }
    const unsigned which = value - 1 + (without_literals ? 1 : 0);
    const uint32_t offset = which == 3 ? repeats[0] - 1 : repeats[which];
    if (which > 1)
        repeats[2] = repeats[1];
    if (which > 0)
        repeats[1] = repeats[0];
    return repeats[0] = offset;
}

static bool copy_match(frame *f, uint32_t offset, size_t length, size_t *room)
{
    if (offset == 0 || offset > f->filled || offset > f->window || length > *room)
        return false;
    uint8_t *to = f->decoded + f->filled;
    for (size_t i = 0; i < length; i++) /* may overlap: what was just written is copied again */
        to[i] = (to - offset)[i];
    f->filled += length;
    *room -= length;
    return true;
}

static bool run_sequences(frame *f, bytes stream, size_t count, size_t *room)
{
    backward in;
    uint32_t states[CODES];
    size_t used = 0;
    if (!backward_begin(&in, stream))
        return false;
    for (unsigned i = 0; i < CODES; i++)
        states[i] = backward_read(&in, f->tables[i].accuracy);
    for (size_t i = 0; i < count; i++) {
        const fse_cell literal = f->tables[LITERALS].cells[states[LITERALS]], offset = f->tables[OFFSETS].cells[states[OFFSETS]],
                       match = f->tables[MATCHES].cells[states[MATCHES]];
        if (offset.symbol > 31)
            return false;
        const uint32_t value = (1u << offset.symbol) + backward_read(&in, offset.symbol);
        uint32_t match_length = match.symbol + 3u, literal_length = literal.symbol;
        if (match.symbol >= 32)
            match_length = match_lengths[match.symbol - 32].base + backward_read(&in, match_lengths[match.symbol - 32].bits);
        if (literal.symbol >= 16)
            literal_length = literal_lengths[literal.symbol - 16].base + backward_read(&in, literal_lengths[literal.symbol - 16].bits);
        if (in.left < 0 || literal_length > f->literal_count - used || !append(f, f->literals + used, literal_length, room))
            return false;
        used += literal_length;
        if (!copy_match(f, offset_of(f, value, literal_length == 0), match_length, room))
            return false;
        if (i + 1 == count)
            break;
        states[LITERALS] = literal.base + backward_read(&in, literal.bits);
        states[MATCHES] = match.base + backward_read(&in, match.bits);
        states[OFFSETS] = offset.base + backward_read(&in, offset.bits);
    }
    return in.left == 0 && append(f, f->literals + used, f->literal_count - used, room);
}

/* Sequences_Section (3.1.1.3.2). */
static bool decode_block(frame *f, bytes from)
{
    size_t room = f->block_max, count;
    bytes head;
    if (!read_literals(f, &from) || !take(&from, 1, &head))
        return false;
    count = head.at[0];
    if (count == 0)
        return from.size == 0 && append(f, f->literals, f->literal_count, &room);
    if (count >= 128) {
        bytes more;
        if (!take(&from, count == 255 ? 2 : 1, &more))
            return false;
        count = count == 255 ? (size_t)little(more.at, 2) + 0x7F00 : (count - 128) << 8 | more.at[0];
    }
    bytes modes;
    if (!take(&from, 1, &modes) || (modes.at[0] & 3) != 0)
        return false;
    for (unsigned i = 0; i < CODES; i++)
        if (!read_table(f, i, modes.at[0] >> (6 - 2 * i) & 3, &from))
            return false;
    return run_sequences(f, from, count, &room);
}

static bool read_block(frame *f, bool *last)
{
    uint8_t header[3];
    if (!read_exactly(f->in, header, sizeof header))
        return false;
    const uint32_t fields = (uint32_t)little(header, 3), size = fields >> 3, type = fields >> 1 & 3;
    const size_t stored = type == 1 ? 1 : size;
    *last = fields & 1;
    if (type == 3 || size > f->block_max)
        return damaged();
    if (!read_exactly(f->in, f->block, stored))
        return false;
    make_room(f);
    const size_t before = f->filled;
    size_t room = f->block_max;
    if (type == 0 && !append(f, f->block, size, &room))
        return damaged();
    if (type == 1) {
        memset(f->decoded + f->filled, f->block[0], size);
        f->filled += size;
    }
    if (type == 2 && !decode_block(f, (bytes){f->block, size}))
        return damaged();
    const size_t produced = f->filled - before;
    f->written += produced;
    xxh64_add(&f->hash, f->decoded + before, produced);
    if (f->has_size && f->written > f->size)
        return damaged();
    if (fwrite(f->decoded + before, 1, produced, f->out) != produced)
        return problem("The decompressed file cannot be written: %s.", os_reason());
    return true;
}

/* Frame_Header (3.1.1.1). */
static bool read_header(frame *f)
{
    static const uint8_t size_bytes[] = {0, 2, 4, 8}, dictionary_bytes[] = {0, 1, 2, 4};
    uint8_t descriptor, field[8];
    if (!read_exactly(f->in, &descriptor, 1))
        return false;
    const bool single = descriptor >> 5 & 1;
    const unsigned size_flag = descriptor >> 6;
    f->has_checksum = descriptor >> 2 & 1;
    f->has_size = size_flag > 0 || single;
    if (descriptor & 8)
        return damaged();
    uint64_t window = 0;
    if (!single) {
        if (!read_exactly(f->in, field, 1))
            return false;
        const uint64_t base = UINT64_C(1) << (10 + (field[0] >> 3));
        window = base + base / 8 * (field[0] & 7);
    }
    const size_t dictionary = dictionary_bytes[descriptor & 3];
    if (!read_exactly(f->in, field, dictionary))
        return false;
    if (little(field, dictionary) != 0)
        return problem("The compressed file needs a dictionary.");
    const size_t size = size_flag == 0 && single ? 1 : size_bytes[size_flag];
    if (!read_exactly(f->in, field, size))
        return false;
    f->size = little(field, size) + (size_flag == 1 ? 256 : 0);
    if (single)
        window = f->size;
    if (window > UINT64_C(1) << WINDOW_LOG_MAX)
        return problem("The compressed file needs more memory than 128 MiB.");
    f->window = (size_t)window;
    f->block_max = f->window < BLOCK_MAX ? f->window : BLOCK_MAX;
    return true;
}

static bool unpack_frame(frame *f)
{
    if (!read_header(f))
        return false;
    /* The window moves to the front once for each of its lengths, not for each block. */
    f->capacity = 2 * f->window + BLOCK_MAX;
    f->decoded = malloc(f->capacity);
    if (f->decoded == NULL)
        return problem("There is not enough memory to decompress.");
    memcpy(f->repeats, (uint32_t[]){1, 4, 8}, sizeof f->repeats);
    xxh64_begin(&f->hash);
    bool good = true;
    for (bool last = false; good && !last;)
        good = read_block(f, &last);
    free(f->decoded);
    if (!good)
        return false;
    if (f->has_size && f->written != f->size)
        return damaged();
    uint8_t checksum[4];
    if (f->has_checksum &&
        (!read_exactly(f->in, checksum, sizeof checksum) || little(checksum, 4) != (xxh64_end(&f->hash) & 0xFFFFFFFF)))
        return damaged();
    return true;
}

static bool skip(FILE *in)
{
    uint8_t field[4];
    if (!read_exactly(in, field, sizeof field))
        return false;
    for (uint64_t left = little(field, 4); left > 0; left--)
        if (fgetc(in) == EOF)
            return damaged();
    return true;
}

bool zstd_unpack(FILE *in, FILE *out)
{
    uint8_t magic[4];
    bool any = false;
    for (size_t got; (got = fread(magic, 1, sizeof magic, in)) > 0; any = true) {
        const uint64_t value = little(magic, 4);
        if (got == sizeof magic && (value & 0xFFFFFFF0) == 0x184D2A50) {
            if (!skip(in))
                return false;
            continue;
        }
        if (got != sizeof magic || value != 0xFD2FB528)
            return damaged();
        frame *f = calloc(1, sizeof *f);
        if (f == NULL)
            return problem("There is not enough memory to decompress.");
        f->in = in;
        f->out = out;
        const bool good = unpack_frame(f);
        free(f);
        if (!good)
            return false;
    }
    return any || damaged();
}
