/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zstandard: vectors of XXH64, frames made by hand, and damaged ones. What zstd itself makes is in qbuild's tests. */
#include "zstd.h"

#include "check.h"
#include "xxh64.h"

static uint64_t hash_of(const char *data, size_t size)
{
    xxh64 hash;
    xxh64_begin(&hash);
    xxh64_add(&hash, (const uint8_t *)data, size / 2);
    xxh64_add(&hash, (const uint8_t *)data + size / 2, size - size / 2);
    return xxh64_end(&hash);
}

/* Whether `data` unpacks, to `plain` if that is not NULL. */
static bool unpacks(const unsigned char *data, size_t size, const char *plain)
{
    FILE *in = tmpfile(), *out = tmpfile();
    char found[4096];
    CHECK(in != NULL && out != NULL && fwrite(data, 1, size, in) == size);
    rewind(in);
    bool good = zstd_unpack(in, out);
    rewind(out);
    size_t got = fread(found, 1, sizeof found, out);
    fclose(in);
    fclose(out);
    return good && (plain == NULL || (got == strlen(plain) && memcmp(found, plain, got) == 0));
}

/* Every stream that differs from a good one by a bit or its end is refused or harmless; the sanitizers look on. */
static void damage(const unsigned char *good, size_t size)
{
    unsigned char copy[256];
    CHECK(size <= sizeof copy);
    for (size_t end = 0; end < size; end++)
        CHECK(!unpacks(good, end, NULL));
    for (size_t bit = 0; bit < size * 8; bit++) {
        memcpy(copy, good, size);
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
        unpacks(copy, size, NULL);
    }
}

int main(void)
{
    CHECK(hash_of("", 0) == 0xEF46DB3751D8E999);
    CHECK(hash_of("abc", 3) == 0x44BC2CF5AD770999);
    CHECK(hash_of("xxhash", 6) == 0x32DD38952C4BC720);
    CHECK(hash_of("Nobody inspects the spammish repetition", 39) == 0xFBCEA83C8A378BF1);

    /* Frames made by hand: raw and repeated blocks; a skippable frame before. */
    static const unsigned char raw[] = {0x28, 0xB5, 0x2F, 0xFD, 0x20, 5, 0x29, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    static const unsigned char repeated[] = {0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 'x', 'y', 0x28, 0xB5, 0x2F, 0xFD, 0x20, 4, 0x23, 0, 0, 'z'};
    CHECK(unpacks(raw, sizeof raw, "hello"));
    CHECK(unpacks(repeated, sizeof repeated, "zzzz"));
    CHECK(!unpacks(raw, 0, NULL));
    damage(raw, sizeof raw);
    damage(repeated + 10, sizeof repeated - 10);
    /* A window of 256 MiB, a dictionary, a reserved bit, a block that is larger than the content. */
    CHECK(!unpacks((const unsigned char[]){0x28, 0xB5, 0x2F, 0xFD, 0x00, 18 << 3, 1, 0, 0}, 9, NULL));
    CHECK(!unpacks((const unsigned char[]){0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 1, 9, 0, 0, 'x'}, 11, NULL));
    CHECK(!unpacks((const unsigned char[]){0x28, 0xB5, 0x2F, 0xFD, 0x28, 1, 9, 0, 0, 'x'}, 10, NULL));
    CHECK(!unpacks((const unsigned char[]){0x28, 0xB5, 0x2F, 0xFD, 0x20, 1, 17, 0, 0, 'x', 'y'}, 11, NULL));
    return 0;
}
