/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen as QEMU tells it, however its bytes are cut, and everything that it may not tell. */
#include <qubes-gui/keycodes.h>

#include "qemu.h"

static struct sent sent;

static uint32_t at(const struct rfb *rfb, uint32_t x, uint32_t y)
{
    return rfb->pixels[y * rfb->width + x] & 0xffffff;
}

static void a_whole_session(size_t piece)
{
    struct rfb rfb;
    sent.size = 0;
    add_hello(&sent, 6, 4);
    add_update(&sent, 2);
    add_rectangle(&sent, 0, 0, 0, 0, KEYS);
    add_pixels(&sent, 0, 0, 6, 4, 0x112233);
    add(&sent, "\2\3\0\0\0\0\0\0\3abc\3\0\0\0\0\0\0\0", 20); /* a bell, clipboards with and without text */
    add_update(&sent, 1);
    add_pixels(&sent, 4, 2, 2, 1, 0xffeedd);
    rfb_init(&rfb);
    for (size_t i = 0; i < sent.size; i += piece) {
        size_t count = sent.size - i < piece ? sent.size - i : piece;
        CHECK(rfb_take(&rfb, sent.bytes + i, count));
    }
    CHECK(rfb.running && rfb.raw_keys && rfb.idle);
    CHECK(rfb.width == 6 && rfb.height == 4);
    CHECK(at(&rfb, 0, 0) == 0x112233 && at(&rfb, 3, 2) == 0x112233 && at(&rfb, 4, 3) == 0x112233);
    CHECK(at(&rfb, 4, 2) == 0xffeedd && at(&rfb, 5, 2) == 0xffeedd);
    CHECK(rfb.out_size == 12 + 1 + 1 + 20 + 16);
    rfb_free(&rfb);
}

static void requests_and_damage(void)
{
    struct rfb rfb;
    sent.size = 0;
    add_hello(&sent, 300, 200);
    rfb_init(&rfb);
    CHECK(rfb_take(&rfb, sent.bytes, sent.size));
    rfb_sent(&rfb, rfb.out_size);
    rfb_request(&rfb);
    CHECK(rfb.out_size == 10 && memcmp(rfb.out, "\3\0\0\0\0\0\1\54\0\310", 10) == 0); /* all of it */
    rfb_request(&rfb);
    CHECK(rfb.out_size == 10); /* once */
    rfb.damage = (struct gui_rect){0, 0, 0, 0};
    sent.size = 0;
    add_update(&sent, 2);
    add_pixels(&sent, 10, 20, 3, 4, 1);
    add_pixels(&sent, 100, 22, 1, 1, 1);
    CHECK(rfb_take(&rfb, sent.bytes, sent.size));
    CHECK(rfb.damage.x == 10 && rfb.damage.y == 20 && rfb.damage.width == 91 && rfb.damage.height == 4);
    rfb_sent(&rfb, 10);
    rfb_request(&rfb);
    CHECK(rfb.out_size == 10 && rfb.out[1] == 1); /* what changes */
    sent.size = 0;
    add_update(&sent, 1);
    add_rectangle(&sent, 0, 0, 40, 30, RESIZED);
    CHECK(rfb_take(&rfb, sent.bytes, sent.size));
    CHECK(rfb.width == 40 && rfb.height == 30 && rfb.damage.width == 40 && at(&rfb, 10, 20) == 0);
    rfb_sent(&rfb, 10);
    rfb_request(&rfb);
    CHECK(rfb.out[1] == 0 && rfb.out[7] == 40); /* all of the new one */
    rfb_free(&rfb);
}

static void keys_and_pointer(void)
{
    struct rfb rfb;
    sent.size = 0;
    add_hello(&sent, 40, 30);
    rfb_init(&rfb);
    rfb_key(&rfb, 0x1e, true);
    rfb_pointer(&rfb, 1, 1, 1);
    CHECK(rfb.out_size == 0); /* before there is a screen */
    CHECK(rfb_take(&rfb, sent.bytes, sent.size));
    rfb_sent(&rfb, rfb.out_size);
    rfb_key(&rfb, 0x1e, true);
    CHECK(rfb.out_size == 0); /* QEMU has not said that it knows keys by position */
    rfb.raw_keys = true;
    rfb_key(&rfb, 0x1e, true);
    rfb_key(&rfb, GUI_SCAN_EXTENDED | 0x48, false);
    rfb_key(&rfb, 0, true);
    CHECK(rfb.out_size == 24);
    CHECK(memcmp(rfb.out, "\377\0\0\1\0\0\0\0\0\0\0\36", 12) == 0);
    CHECK(memcmp(rfb.out + 12, "\377\0\0\0\0\0\0\0\0\0\0\310", 12) == 0);
    rfb_sent(&rfb, 24);
    rfb_pointer(&rfb, 5, 4000, 3);
    CHECK(rfb.out_size == 6 && memcmp(rfb.out, "\5\3\0\5\0\35", 6) == 0); /* within the screen */
    while (!rfb.broken)
        rfb_pointer(&rfb, 0, 0, 0);
    CHECK(rfb.out_size <= RFB_OUT_MOST && !rfb_take(&rfb, (const uint8_t *)"\2", 1));
    rfb_free(&rfb);
}

/* After a good hello with a screen of 6 x 4. */
static void is_refused(const char *why)
{
    struct rfb rfb;
    rfb_init(&rfb);
    CHECK(!rfb_take(&rfb, sent.bytes, sent.size));
    CHECK(strcmp(rfb.broken, why) == 0);
    rfb_free(&rfb);
}

static void hello(void)
{
    sent.size = 0;
    add_hello(&sent, 6, 4);
    add_update(&sent, 1);
}

static void what_qemu_may_not_do(void)
{
    static const uint32_t beside[][4] = {{6, 0, 1, 1}, {0, 4, 1, 1}, {5, 0, 2, 1}, {0, 0, 6, 5}, {65535, 65535, 65535, 65535}};
    static const uint32_t sizes[][2] = {{0, 4}, {4, 0}, {65535, 65535}, {16385, 1}, {1, 6145}, {16384, 6144}};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        hello();
        add_rectangle(&sent, beside[i][0], beside[i][1], beside[i][2], beside[i][3], 0);
        is_refused("it draws beside its screen");
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        hello();
        add_rectangle(&sent, 0, 0, sizes[i][0], sizes[i][1], RESIZED);
        is_refused("its screen has an impossible size");
        sent.size = 0;
        add_hello(&sent, sizes[i][0], sizes[i][1]);
        is_refused("its screen has an impossible size");
    }
    hello();
    add_rectangle(&sent, 0, 0, 1, 1, 5);
    is_refused("it sends what it was not asked for");
    hello();
    sent.size -= 4;
    add(&sent, "\1", 1); /* colour map */
    is_refused("it sends an unknown message");
    sent.size = 0;
    add(&sent, "RFB 003.003\n", 12);
    is_refused("it does not speak RFB 3.8");
    sent.size = 0;
    add(&sent, "RFB 003.008\n\1\2", 14);
    is_refused("it wants a password");
    sent.size = 0;
    add(&sent, "RFB 003.008\n\0", 13);
    is_refused("it wants a password");
    sent.size = 0;
    add(&sent, "RFB 003.008\n\1\1\0\0\0\1", 18);
    is_refused("it refuses us");
}

int main(void)
{
    for (size_t piece = 1; piece < 100; piece++)
        a_whole_session(piece);
    a_whole_session(sizeof sent.bytes);
    requests_and_damage();
    keys_and_pointer();
    what_qemu_may_not_do();
    puts("rfb: all so");
    return 0;
}
