/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Numbers and structures of the Qubes GUI protocol, version 1.4, as described on
 * https://www.qubes-os.org/doc/gui/. All integers are 32 bit, little endian on the wire.
 *
 * The agent runs inside an app domain and is not trusted; the daemon runs in the GUI domain.
 */
#ifndef QUBES_GUI_PROTOCOL_H
#define QUBES_GUI_PROTOCOL_H

#include <stdint.h>

#define GUI_PROTOCOL_MAJOR 1u
#define GUI_PROTOCOL_MINOR 4u
#define GUI_PROTOCOL_VERSION (GUI_PROTOCOL_MAJOR << 16 | GUI_PROTOCOL_MINOR)

/* The agent listens on this vchan port, the daemon connects to it. */
#define GUI_VCHAN_PORT 6000

/* Limits of the protocol. The daemon may have tighter ones. */
#define GUI_MAX_CLIPBOARD 65000u
#define GUI_MAX_WIDTH 16384u
#define GUI_MAX_HEIGHT 6144u

/*
 * Pixels of one MSG_WINDOW_DUMP with in-band transport. It bounds what a receiver has to
 * buffer, and one row of the widest window fits.
 */
#define GUI_MAX_DUMP_PIXELS 65536u
#define GUI_BYTES_PER_PIXEL 4u

enum gui_message_type {
    MSG_KEYPRESS = 124,
    MSG_BUTTON = 125,
    MSG_MOTION = 126,
    MSG_CROSSING = 127,
    MSG_FOCUS = 128,
    MSG_RESIZE = 129,  /* obsolete: nobody sends it */
    MSG_CREATE = 130,
    MSG_DESTROY = 131,
    MSG_MAP = 132,
    MSG_UNMAP = 133,
    MSG_CONFIGURE = 134,
    MSG_MFNDUMP = 135, /* obsolete: replaced by MSG_WINDOW_DUMP */
    MSG_SHMIMAGE = 136,
    MSG_CLOSE = 137,
    MSG_EXECUTE = 138, /* obsolete: must never be obeyed */
    MSG_CLIPBOARD_REQ = 139,
    MSG_CLIPBOARD_DATA = 140,
    MSG_WMNAME = 141,
    MSG_KEYMAP_NOTIFY = 142,
    MSG_DOCK = 143,
    MSG_WINDOW_HINTS = 144,
    MSG_WINDOW_FLAGS = 145,
    MSG_WMCLASS = 146,
    MSG_WINDOW_DUMP = 147,
    MSG_CURSOR = 148,
};

/* Precedes every message but those of the handshake. */
struct msg_hdr {
    uint32_t type;
    uint32_t window;
    uint32_t untrusted_len; /* bytes that follow, as claimed by the sender */
};
#define GUI_HEADER_SIZE 12u

/* Handshake, without header. First message of either side. */
struct msg_version {
    uint32_t version; /* major << 16 | minor */
};
#define GUI_VERSION_SIZE 4u

/* Handshake, without header. Daemon to agent, follows its msg_version. */
struct msg_xconf {
    uint32_t w; /* desktop of the GUI domain, pixels */
    uint32_t h;
    uint32_t depth;
    uint32_t mem; /* KiB that the desktop takes */
};
#define GUI_XCONF_SIZE 16u

struct msg_map_info { /* MSG_MAP */
    uint32_t transient_for;
    uint32_t override_redirect;
};

struct msg_create {
    uint32_t x; /* two's complement, as all positions */
    uint32_t y;
    uint32_t width;
    uint32_t height;
    uint32_t parent;
    uint32_t override_redirect;
};

struct msg_configure {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
    uint32_t override_redirect;
};

struct msg_shmimage {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
};

/* Values of the type fields are those of the X11 core protocol's events. */
enum gui_event_type {
    GUI_KEY_PRESS = 2,
    GUI_KEY_RELEASE = 3,
    GUI_BUTTON_PRESS = 4,
    GUI_BUTTON_RELEASE = 5,
    GUI_ENTER = 7,
    GUI_LEAVE = 8,
    GUI_FOCUS_IN = 9,
    GUI_FOCUS_OUT = 10,
};

/* Bits of the state fields: those of the X11 core protocol. */
enum gui_modifier {
    GUI_SHIFT = 1 << 0,
    GUI_LOCK = 1 << 1,
    GUI_CONTROL = 1 << 2,
    GUI_MOD1 = 1 << 3,
    GUI_MOD2 = 1 << 4,
    GUI_MOD4 = 1 << 6,
    GUI_BUTTON1 = 1 << 8,
    GUI_BUTTON2 = 1 << 9,
    GUI_BUTTON3 = 1 << 10,
};

struct msg_keypress {
    uint32_t type;
    uint32_t x;
    uint32_t y;
    uint32_t state;
    uint32_t keycode; /* X11 with the evdev keymap: Linux input code + 8 */
};

struct msg_button {
    uint32_t type;
    uint32_t x;
    uint32_t y;
    uint32_t state;
    uint32_t button; /* 1 left, 2 middle, 3 right, 4 and 5 wheel, 6 and 7 sideways */
};

struct msg_motion {
    uint32_t x;
    uint32_t y;
    uint32_t state;
    uint32_t is_hint;
};

struct msg_crossing {
    uint32_t type;
    uint32_t x;
    uint32_t y;
    uint32_t state;
    uint32_t mode;
    uint32_t detail;
    uint32_t focus;
};

struct msg_focus {
    uint32_t type;
    uint32_t mode;
    uint32_t detail;
};

struct msg_wmname {
    char data[128]; /* UTF-8, not necessarily terminated */
};

struct msg_wmclass {
    char res_class[64];
    char res_name[64];
};

struct msg_keymap_notify {
    uint8_t keys[32]; /* bit n of byte m: keycode 8 m + n is down */
};

/* Bits of msg_window_hints.flags: those of the ICCCM's WM_NORMAL_HINTS. */
enum gui_hint {
    GUI_HINT_MIN_SIZE = 1 << 4,
    GUI_HINT_MAX_SIZE = 1 << 5,
    GUI_HINT_RESIZE_INC = 1 << 6,
    GUI_HINT_BASE_SIZE = 1 << 8,
};

struct msg_window_hints {
    uint32_t flags;
    uint32_t min_width;
    uint32_t min_height;
    uint32_t max_width;
    uint32_t max_height;
    uint32_t width_inc;
    uint32_t height_inc;
    uint32_t base_width;
    uint32_t base_height;
};

enum gui_window_flag {
    GUI_FLAG_FULLSCREEN = 1 << 0,
    GUI_FLAG_DEMANDS_ATTENTION = 1 << 1,
    GUI_FLAG_MINIMIZE = 1 << 2,
};

struct msg_window_flags {
    uint32_t flags_set;
    uint32_t flags_unset;
};

/* A cursor is 0 for the default, or 0x100 + a glyph of the X11 cursor font. */
#define GUI_CURSOR_DEFAULT 0u
#define GUI_CURSOR_X11 0x100u
#define GUI_CURSOR_X11_MAX 0x19au

struct msg_cursor {
    uint32_t cursor;
};

/*
 * MSG_WINDOW_DUMP: a fixed part, then what its type says.
 *
 * GRANT_REFS shares the window's buffer by Xen grant references. Where there is no grant
 * table the daemon keeps the buffer, and INBAND fills a part of it: struct
 * msg_window_dump_inband, then width * height pixels, row by row, each four bytes blue, green,
 * red, unused. A dump whose size differs from the last one replaces the buffer with a black
 * one of that size. As with grant references, nothing shows before MSG_SHMIMAGE.
 * The number lies outside the range in which the protocol itself counts types.
 */
enum gui_window_dump_type {
    WINDOW_DUMP_TYPE_GRANT_REFS = 0,
    WINDOW_DUMP_TYPE_INBAND = 0x51420001,
};

struct msg_window_dump_hdr {
    uint32_t type;
    uint32_t width;
    uint32_t height;
    uint32_t bpp; /* always 32 */
};

struct msg_window_dump_inband {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
};
#define GUI_DUMP_FIXED_SIZE 32u

/* The longest message of either direction, with its header. */
#define GUI_MAX_MESSAGE (GUI_HEADER_SIZE + GUI_DUMP_FIXED_SIZE + GUI_MAX_DUMP_PIXELS * GUI_BYTES_PER_PIXEL)

#endif
