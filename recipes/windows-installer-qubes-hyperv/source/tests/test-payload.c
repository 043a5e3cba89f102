/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads: only the promised bytes are placed. */
#include "payload.h"

#include "check.h"

int main(void)
{
    const char *abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    payload whole = {at("abc"), abc, 3, false}, missing = {at("absent"), abc, 3, false}, spare = {at("absent"), abc, 3, true};
    payload shorter = whole, longer = whole;
    shorter.size = 2;
    longer.size = 4;
    put("abc", "abc");
    CHECK(payload_check(&whole) && !payload_check(&shorter) && !payload_check(&longer));
    CHECK(!payload_check(&missing) && payload_check(&spare));
    CHECK(payload_place(&whole, at("to/here"), false) && has("to/here", "abc"));
    CHECK(payload_place(&whole, at("to/here"), true) && has("to/here", "abcabc"));
    CHECK(payload_place(&spare, at("to/not"), false) && has("to/not", NULL));
    put("abc", "abd");
    CHECK(!payload_check(&whole));
    CHECK(!payload_place(&whole, at("to/bad"), false) && has("to/bad", NULL));
    CHECK(!payload_place(&whole, at("to/here"), true) && has("to/here", NULL));
    CHECK(payload_sha256_is_sound(abc) && !payload_sha256_is_sound("ba78") && !payload_sha256_is_sound(text("%sAA", abc + 2)));
    return 0;
}
