/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the extension says to this program: JSON objects whose members are strings, each with its length before it, as
 * native messaging has it. Pure; fuzzed.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MOST (1u << 20) /* bytes of one message; the extension sends pieces of half of that */
#define NAME_MOST 1024          /* bytes of an attachment's name */

enum message_type {
    MESSAGE_BEGIN, /* {"type": "begin", "name": NAME, "mode": "open" or "view"} */
    MESSAGE_DATA,  /* {"type": "data", "base64": BYTES} */
    MESSAGE_END,   /* {"type": "end"} */
};

struct message {
    enum message_type type;
    bool view_only;
    char name[NAME_MOST + 1]; /* UTF-8 without zero bytes */
    uint8_t *data;            /* within the message's own bytes, which are decoded in place */
    size_t data_size;
};

/* Reads one message, without its length. False with the reason: anything but the three objects above. */
bool message_read(uint8_t *bytes, size_t size, struct message *out, const char **problem);

#endif
