/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decompression of Zstandard files, RFC 8878. */
#ifndef SETUP_ZSTD_H
#define SETUP_ZSTD_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Decompresses all frames of `in` to `out`. Says what is wrong and returns false for anything that the RFC
 * does not allow, frames that need more than 128 MiB of what came before, and dictionaries. A checksum that a
 * frame has is compared. What was written before a failure is for the caller to remove.
 */
bool zstd_unpack(FILE *in, FILE *out);

#endif
