/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a colour scheme of window decorations for each label, at build time: make-schemes DIRECTORY. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "qubes-admin.h"

#define BLACK 0x000000u
#define WHITE 0xffffffu

static unsigned part(uint32_t rgb, int shift)
{
    return rgb >> shift & 0xff;
}

/* Luma by ITU-R BT.601, of 255. */
static unsigned luma(uint32_t rgb)
{
    return (299 * part(rgb, 16) + 587 * part(rgb, 8) + 114 * part(rgb, 0)) / 1000;
}

static uint32_t readable_on(uint32_t background)
{
    return luma(background) > 110 ? BLACK : WHITE;
}

/* Half way to white: a window in the background keeps its domain's colour. */
static uint32_t paler(uint32_t rgb)
{
    uint32_t out = 0;

    for (int shift = 16; shift >= 0; shift -= 8)
        out |= (part(rgb, shift) + 255) / 2 << shift;
    return out;
}

static void print_colour(FILE *out, const char *key, uint32_t rgb)
{
    fprintf(out, "%s=%u,%u,%u\n", key, part(rgb, 16), part(rgb, 8), part(rgb, 0));
}

/* The group WM is all that KWin reads of the scheme that a window names. */
static bool write_scheme(const char *directory, const qubes_label *label)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/qubes-%06" PRIx32 ".colors", directory, label->rgb);
    FILE *out = length > 0 && (size_t)length < sizeof path ? fopen(path, "w") : NULL;

    if (out == NULL)
        return false;
    fprintf(out, "# Windows of domains with the label %s.\n[General]\nName=Qubes %s\n\n[WM]\n", label->name, label->name);
    print_colour(out, "activeBackground", label->rgb);
    print_colour(out, "activeForeground", readable_on(label->rgb));
    print_colour(out, "activeBlend", label->rgb);
    print_colour(out, "inactiveBackground", paler(label->rgb));
    print_colour(out, "inactiveForeground", readable_on(paler(label->rgb)));
    print_colour(out, "inactiveBlend", paler(label->rgb));
    print_colour(out, "frame", label->rgb);
    print_colour(out, "inactiveFrame", paler(label->rgb));
    bool failed = ferror(out) != 0;
    return fclose(out) == 0 && !failed;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    for (size_t i = 0; i < QUBES_LABEL_COUNT; i++)
        if (!write_scheme(argv[1], &qubes_labels[i])) {
            perror(argv[1]);
            return 1;
        }
    return 0;
}
