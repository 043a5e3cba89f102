/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacking, with a name of its own until everything is there. */
#include "unpack.h"

#include <string.h>

#include "os.h"
#include "sha256.h"
#include "tree.h"
#include "zstd.h"

static bool hash_file(const char *path, char hex[65])
{
    static unsigned char buffer[1 << 18];
    sha256 hash;
    FILE *in = os_open(path, "rb");
    if (in == NULL)
        return problem("%s cannot be read: %s.", path, os_reason());
    sha256_begin(&hash);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, in)) > 0;)
        sha256_add(&hash, buffer, got);
    bool whole = !ferror(in);
    fclose(in);
    sha256_end(&hash, hex);
    return whole || problem("%s cannot be read: %s.", path, os_reason());
}

static bool unpack_to(const char *from, const char *to)
{
    FILE *in = os_open(from, "rb");
    if (in == NULL)
        return problem("%s cannot be read: %s.", from, os_reason());
    FILE *out = os_open(to, "wb");
    if (out == NULL) {
        fclose(in);
        return problem("%s cannot be written: %s.", to, os_reason());
    }
    bool good = zstd_unpack(in, out) || problem("%s cannot be unpacked.", from);
    fclose(in);
    if (!os_close_safely(out) && good)
        good = problem("%s cannot be written: %s.", to, os_reason());
    return good;
}

/* A domain may run from what is there, so that it is left alone where it is right. */
static bool replace(const char *partial, const char *to, const char hex[65])
{
    char before[65];
    if (os_kind(to) == FILE_KIND && hash_file(to, before) && strcmp(before, hex) == 0)
        return os_remove_file(partial);
    return (os_kind(to) == NOTHING || os_remove_file(to)) && os_move(partial, to);
}

bool unpack(const char *from, const char *to, char hex[65])
{
    if (os_kind(from) == NOTHING && os_kind(to) == FILE_KIND)
        return hash_file(to, hex);
    const char *partial = text("%s.partial", to);
    if (!make_directories_above(to) || !unpack_to(from, partial) || !hash_file(partial, hex)) {
        os_remove_file(partial);
        return false;
    }
    if (!replace(partial, to, hex)) {
        problem("%s cannot be replaced: %s.", to, os_reason());
        os_remove_file(partial);
        return false;
    }
    return os_remove_file(from) || problem("%s cannot be removed: %s.", from, os_reason());
}
