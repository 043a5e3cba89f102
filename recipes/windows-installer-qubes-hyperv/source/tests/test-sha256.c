/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 against the examples of FIPS 180-4 and against splitting the input anywhere. */
#include "sha256.h"

#include "check.h"

static char *of(const char *data, size_t size, size_t step)
{
    static char hex[65];
    sha256 hash;
    sha256_begin(&hash);
    for (size_t i = 0; i < size; i += step)
        sha256_add(&hash, data + i, size - i < step ? size - i : step);
    sha256_end(&hash, hex);
    return hex;
}

int main(void)
{
    static char million[1000000];
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    memset(million, 'a', sizeof million);
    CHECK(strcmp(of("", 0, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 0);
    CHECK(strcmp(of("abc", 3, 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0);
    CHECK(strcmp(of(two, 56, 56), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1") == 0);
    CHECK(strcmp(of(million, sizeof million, sizeof million),
                 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0);
    for (size_t size = 0; size < 200; size++) {
        char *whole = text("%s", of(million, size, size + 1));
        for (size_t step = 1; step < 130; step += 7)
            CHECK(strcmp(of(million, size, step), whole) == 0);
    }
    return 0;
}
