/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying one file. */
#include "copy.h"

#include "os.h"

copied copy_file(const char *from, const char *to, uint64_t *bytes)
{
    static unsigned char buffer[1 << 16];
    char *part = text("%s.part", to);
    FILE *in = os_open(from, "rb");
    if (in == NULL)
        return UNREADABLE;
    FILE *out = os_open(part, "wb");
    if (out == NULL) {
        fclose(in);
        return UNWRITABLE;
    }
    copied outcome = COPIED;
    *bytes = 0;
    for (size_t got; outcome == COPIED && (got = fread(buffer, 1, sizeof buffer, in)) > 0; *bytes += got)
        if (fwrite(buffer, 1, got, out) != got)
            outcome = UNWRITABLE;
    if (ferror(in))
        outcome = UNREADABLE;
    fclose(in);
    if (!os_close_safely(out) && outcome == COPIED)
        outcome = UNWRITABLE;
    if (outcome == COPIED && !os_move(part, to))
        outcome = UNWRITABLE;
    if (outcome != COPIED)
        os_remove_file(part);
    return outcome;
}
