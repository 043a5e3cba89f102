/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of base64 (RFC 4648, section 4). */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes in place. False when there is anything but whole groups with their padding. */
bool base64_decode(uint8_t *bytes, size_t size, size_t *decoded);

#endif
