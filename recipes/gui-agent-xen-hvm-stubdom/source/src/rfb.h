/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen of QEMU as it gives it on its VNC socket: a client of RFB 3.8 (RFC 6143) without an operating system. Bytes go in,
 * an image with what changed in it and bytes to send come out. QEMU is not trusted: the guest may have taken it over.
 */
#ifndef RFB_H
#define RFB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qubes-gui/rect.h>

#define RFB_MOST_PIXELS (1u << 24) /* 64 MiB: a screen of 4096 x 4096 */
#define RFB_OUT_MOST 4096

struct rfb {
    uint32_t width, height;
    uint32_t *pixels;       /* width x height, 0x00RRGGBB */
    struct gui_rect damage; /* what changed since its owner last took it */
    bool running;           /* the handshake is over: there is a screen */
    bool idle;              /* nothing is asked for: call rfb_request */
    bool raw_keys;          /* keys can be sent by their position */
    uint8_t out[RFB_OUT_MOST];
    size_t out_size;
    const char *broken; /* what QEMU did that cannot be; then nothing more is taken */

    int state;
    uint8_t head[32];
    size_t head_size, head_needed;
    uint64_t skip; /* bytes to be thrown away */
    uint32_t rectangles;
    struct gui_rect rect;    /* being received */
    uint64_t rect_done;      /* bytes of it */
    bool whole;              /* ask for all of the screen next */
};

void rfb_init(struct rfb *rfb);
void rfb_free(struct rfb *rfb);

/* Takes bytes of QEMU's; false when the protocol was broken. */
bool rfb_take(struct rfb *rfb, const uint8_t *bytes, size_t size);

/* Asks for what will change, when nothing is asked for yet. */
void rfb_request(struct rfb *rfb);

/* A scan code of set 1 (with GUI_SCAN_EXTENDED), and the pointer with bit n for button n + 1. */
void rfb_key(struct rfb *rfb, uint32_t scan, bool down);
void rfb_pointer(struct rfb *rfb, uint32_t x, uint32_t y, uint8_t buttons);

/* The first `size` of the bytes to send were sent. */
void rfb_sent(struct rfb *rfb, size_t size);

#endif
