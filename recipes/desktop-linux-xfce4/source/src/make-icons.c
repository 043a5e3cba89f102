/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the labels' icons, padlocks in their colours, at build time: make-icons DIRECTORY. */
#include <inttypes.h>
#include <stdio.h>

#include "qubes-admin.h"

/* The light outline keeps black and gray locks visible on a dark panel. */
static const char picture[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\" viewBox=\"0 0 64 64\">\n"
    "<path d=\"M18 30V20a14 14 0 0 1 28 0v10\" fill=\"none\" stroke=\"#f2f2f0\" stroke-width=\"11\"/>\n"
    "<rect x=\"7\" y=\"25\" width=\"50\" height=\"38\" rx=\"8\" fill=\"#f2f2f0\"/>\n"
    "<path d=\"M18 30V20a14 14 0 0 1 28 0v10\" fill=\"none\" stroke=\"#%06" PRIx32 "\" stroke-width=\"6\"/>\n"
    "<rect x=\"10\" y=\"28\" width=\"44\" height=\"32\" rx=\"6\" fill=\"#%06" PRIx32 "\"/>\n"
    "<path d=\"M32 37a5 5 0 0 1 2.5 9.3V53h-5v-6.7A5 5 0 0 1 32 37z\" fill=\"#f2f2f0\"/>\n"
    "</svg>\n";

static int write_icon(const char *directory, const qubes_label *label)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/qubes-domain-%s.svg", directory, label->name);
    FILE *out = length > 0 && (size_t)length < sizeof path ? fopen(path, "w") : NULL;

    if (out == NULL)
        return -1;
    int written = fprintf(out, picture, label->rgb, label->rgb);
    return fclose(out) == 0 && written > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    for (size_t i = 0; i < QUBES_LABEL_COUNT; i++)
        if (write_icon(argv[1], &qubes_labels[i]) != 0) {
            perror(argv[1]);
            return 1;
        }
    return 0;
}
