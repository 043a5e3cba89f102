/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads: checking and placing. */
#include "payload.h"

#include <string.h>

#include "os.h"
#include "sha256.h"
#include "tree.h"

bool payload_sha256_is_sound(const char *hex)
{
    return strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
}

/* Reads the whole file, hashing it and writing it to `copy` unless that is NULL. */
static bool read_through(const payload *what, FILE *copy)
{
    static unsigned char buffer[1 << 18];
    sha256 hash;
    char hex[65];
    uint64_t size = 0;
    FILE *in = os_open(what->file, "rb");
    if (in == NULL)
        return problem("%s cannot be read: %s.", what->file, os_reason());
    sha256_begin(&hash);
    for (size_t got; size <= what->size && (got = fread(buffer, 1, sizeof buffer, in)) > 0; size += got) {
        sha256_add(&hash, buffer, got);
        if (copy != NULL && fwrite(buffer, 1, got, copy) != got) {
            fclose(in);
            return problem("%s cannot be copied: %s.", what->file, os_reason());
        }
    }
    bool whole = !ferror(in);
    fclose(in);
    if (!whole)
        return problem("%s cannot be read: %s.", what->file, os_reason());
    sha256_end(&hash, hex);
    if (size != what->size || strcmp(hex, what->sha256) != 0)
        return problem("%s is damaged or from another version. Download it again.", what->file);
    return true;
}

/* Whether there is nothing to do because the file is absent and may be. */
static bool is_left_out(const payload *what)
{
    return what->optional && os_kind(what->file) == NOTHING;
}

bool payload_check(const payload *what)
{
    if (is_left_out(what))
        return true;
    if (os_kind(what->file) == NOTHING)
        return problem("%s is missing. It belongs beside the installer.", what->file);
    return read_through(what, NULL);
}

bool payload_place(const payload *what, const char *to, bool append)
{
    if (is_left_out(what))
        return true;
    if (!make_directories_above(to))
        return false;
    FILE *out = os_open(to, append ? "ab" : "wb");
    if (out == NULL)
        return problem("%s cannot be written: %s.", to, os_reason());
    bool good = read_through(what, out);
    if (!os_close_safely(out) && good)
        good = problem("%s cannot be written: %s.", to, os_reason());
    if (!good)
        os_remove_file(to);
    return good;
}
