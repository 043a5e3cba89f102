/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Fuzz target: the first byte chooses the direction, the rest is decoded. Whatever decodes must
 * encode to the very bytes it came from.
 */
#include <stdlib.h>
#include <string.h>

#include <qubes-gui/codec.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[GUI_MAX_MESSAGE];
    enum gui_direction direction;
    struct gui_message message;
    uint64_t used;

    if (!size)
        return 0;
    direction = *data++ & 1 ? GUI_TO_DAEMON : GUI_TO_AGENT;
    size--;
    while (gui_decode(direction, data, size, &message, &used) == GUI_OK) {
        size_t length;

        if (used > size || gui_encode(direction, &message, again, sizeof again, &length) != GUI_OK ||
            length != used || memcmp(again, data, length) != 0)
            abort();
        data += used;
        size -= (size_t)used;
    }
    return 0;
}
