/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of a QEMU that a guest has taken over, in pieces: the image stays one, and what is sent stays bounded. */
#include <stdlib.h>

#include "rfb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rfb rfb;
    rfb_init(&rfb);
    for (size_t at = 0; at < size;) {
        size_t piece = 1 + data[at] % 37;
        piece = piece < size - at ? piece : size - at;
        bool good = rfb_take(&rfb, data + at, piece);
        if (good != !rfb.broken || rfb.out_size > RFB_OUT_MOST)
            abort();
        if (rfb.running && (!rfb.pixels || (uint64_t)rfb.width * rfb.height > RFB_MOST_PIXELS))
            abort();
        if (!gui_rect_empty(rfb.damage) && !gui_rect_inside(rfb.damage, rfb.width, rfb.height) && !rfb.broken)
            rfb.damage = gui_rect_clip(rfb.damage, rfb.width, rfb.height); /* of a screen that shrank, as its owner does */
        rfb_request(&rfb);
        rfb_pointer(&rfb, data[at], data[at], 1);
        rfb_sent(&rfb, rfb.out_size);
        at += piece;
    }
    rfb_free(&rfb);
    return 0;
}
