/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Placed payloads that are compressed. */
#ifndef SETUP_UNPACK_H
#define SETUP_UNPACK_H

#include <stdbool.h>

/*
 * Decompresses `from` (Zstandard) to `to`, whose directories are made, and removes `from`. `to` appears as a whole or
 * not at all, and stays the file that it was where that has the same content. Where `from` is gone and `to` is there it was done before. `hex`: the SHA-256 of what is at `to`.
 */
bool unpack(const char *from, const char *to, char hex[65]);

#endif
