/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over the wire, as split-gpg of Qubes OS has it: first the command line in a block of fixed size, then in
 * both directions frames of a stream's index and a length, little endian, with that many bytes. A length of 0 ends the
 * stream. An index below 0 ends the call: it is -1 less the exit code.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_COMMAND 1024                 /* bytes of all arguments, with a zero byte before and after each */
#define REQUEST_SIZE (4 + REQUEST_COMMAND)   /* and before them the offset of the last zero byte */
#define FRAME_HEADER 8
#define FRAME_MOST 4096                      /* bytes of one frame's data */

/* False when the arguments do not fit. */
bool request_write(uint8_t out[REQUEST_SIZE], size_t count, const char *const *arguments);

/*
 * The arguments of a request, pointing into it; at most REQUEST_COMMAND - 1. False when it is malformed.
 */
bool request_read(const uint8_t request[REQUEST_SIZE], size_t *count, const char *arguments[REQUEST_COMMAND]);

void frame_write(uint8_t out[FRAME_HEADER], int32_t index, uint32_t length);
void frame_read(const uint8_t in[FRAME_HEADER], int32_t *index, uint32_t *length);

#endif
