/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's screen as the one window of its domain: what QEMU shows goes to the daemon, what the user does to QEMU. */
#ifndef SCREEN_H
#define SCREEN_H

#include <qubes-gui/agent.h>

#include "rfb.h"

struct screen {
    struct rfb rfb;
    struct gui_agent agent;
    struct gui_rect unsent; /* that the daemon does not have yet */
    uint8_t keys[32];       /* that are down in the guest, as bits of keycodes */
    uint32_t x, y;
    uint8_t buttons;
};

void screen_init(struct screen *screen);
void screen_free(struct screen *screen);

/* After bytes of QEMU or of the daemon were taken: shows what can be shown. Not GUI_OK: the daemon is to be left. */
enum gui_status screen_show(struct screen *screen);

#endif
