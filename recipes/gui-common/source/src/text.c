/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Strict UTF-8 after RFC 3629. */
#include <qubes-gui/text.h>

#include <string.h>

/* The smallest code point that needs each length, which makes overlong forms visible. */
static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};

static size_t length_of(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

uint32_t gui_utf8_next(const uint8_t *bytes, size_t size, size_t *used)
{
    size_t length = length_of(bytes[0]);
    uint32_t character;

    *used = 1;
    if (length == 1)
        return bytes[0];
    if (length == 0 || length > size)
        return GUI_INVALID_CHARACTER;
    character = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return GUI_INVALID_CHARACTER;
        character = character << 6 | (bytes[i] & 0x3fu);
    }
    if (character < smallest[length] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
        return GUI_INVALID_CHARACTER;
    *used = length;
    return character;
}

size_t gui_utf8_put(uint32_t character, uint8_t bytes[4])
{
    if (character < 0x80) {
        bytes[0] = (uint8_t)character;
        return 1;
    }
    if (character < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | character >> 6);
        bytes[1] = (uint8_t)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | character >> 12);
        bytes[1] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (character & 0x3f));
        return 3;
    }
    bytes[0] = (uint8_t)(0xf0 | (character >> 18 & 7));
    bytes[1] = (uint8_t)(0x80 | (character >> 12 & 0x3f));
    bytes[2] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
    bytes[3] = (uint8_t)(0x80 | (character & 0x3f));
    return 4;
}

void gui_utf8_fit(char *out, size_t out_size, const char *text, size_t size)
{
    const uint8_t *in = (const uint8_t *)text;
    size_t at = 0, length = 0;

    memset(out, 0, out_size);
    while (at < size && in[at]) {
        size_t used;
        int valid = gui_utf8_next(in + at, size - at, &used) != GUI_INVALID_CHARACTER;

        if (length + used >= out_size)
            return;
        if (valid)
            memcpy(out + length, in + at, used);
        else
            out[length] = '?';
        length += used;
        at += used;
    }
}
