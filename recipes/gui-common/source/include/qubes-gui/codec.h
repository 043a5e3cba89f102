/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * Bytes to messages and back. This is a trust boundary: bytes come from another domain. Every
 * length is derived from the message's own type and checked against the claimed one; nothing is
 * allocated, and nothing outside the given bytes is read.
 */
#ifndef QUBES_GUI_CODEC_H
#define QUBES_GUI_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <qubes-gui/protocol.h>
#include <qubes-gui/status.h>

enum gui_direction { GUI_TO_DAEMON = 1, GUI_TO_AGENT = 2 };

struct gui_message {
    uint32_t type;
    uint32_t window;
    union {
        struct msg_create create;
        struct msg_map_info map;
        struct msg_configure configure;
        struct msg_shmimage shmimage;
        struct msg_keypress keypress;
        struct msg_button button;
        struct msg_motion motion;
        struct msg_crossing crossing;
        struct msg_focus focus;
        struct msg_wmname wmname;
        struct msg_wmclass wmclass;
        struct msg_keymap_notify keymap;
        struct msg_window_hints hints;
        struct msg_window_flags flags;
        struct msg_cursor cursor;
        struct {
            struct msg_window_dump_hdr hdr;
            struct msg_window_dump_inband part;
        } dump;
        uint32_t words[9];
        uint8_t bytes[128];
    } body;
    const uint8_t *data; /* clipboard bytes or pixels; points into the decoded bytes */
    size_t data_size;
};

/*
 * Decodes the message at the start of bytes, sent in the given direction.
 * GUI_OK: out is filled and *used is its length.
 * GUI_INCOMPLETE: *used is how many bytes are needed, at most GUI_MAX_MESSAGE; a hopeless header
 * is refused as soon as it is complete, before its body arrives.
 * GUI_UNKNOWN_TYPE and GUI_OBSOLETE, GUI_TO_AGENT only: *used is the length with the body, which
 * an agent may skip, trusting the daemon. Any other status is a violation of the protocol.
 */
enum gui_status gui_decode(enum gui_direction direction, const uint8_t *bytes, size_t size,
                           struct gui_message *out, uint64_t *used);

/* Bytes that gui_encode needs for a message; 0 when its type or data size is impossible. */
size_t gui_encoded_size(const struct gui_message *message);

/* Encodes a message into bytes, at most size of them; *used is its length. */
enum gui_status gui_encode(enum gui_direction direction, const struct gui_message *message, uint8_t *bytes,
                           size_t size, size_t *used);

/* Name such as "MSG_CREATE", or "MSG_UNKNOWN". */
const char *gui_type_name(uint32_t type);

/* Handshake messages, which have no header. bytes must hold the size in their names. */
void gui_encode_version(uint32_t version, uint8_t bytes[GUI_VERSION_SIZE]);
void gui_decode_version(const uint8_t bytes[GUI_VERSION_SIZE], uint32_t *version);
void gui_encode_xconf(const struct msg_xconf *xconf, uint8_t bytes[GUI_XCONF_SIZE]);
void gui_decode_xconf(const uint8_t bytes[GUI_XCONF_SIZE], struct msg_xconf *xconf);

/*
 * The version both sides use: the lower one, when the other's major number is ours and its minor
 * number is at least 4, from which on both sides announce theirs. GUI_BAD_VERSION otherwise.
 */
enum gui_status gui_negotiate(uint32_t theirs, uint32_t *common);

#endif
