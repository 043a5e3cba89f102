/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the update domain answers to a request for one file: a line "size N", N bytes and the end; or a line
 * "error TEXT" and the end. The domain is not trusted: nothing it says becomes a name, and no byte beyond what apt
 * expects is kept.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_LINE_MAX 160 /* bytes of the first line, its newline included */

typedef enum answer_kind { ANSWER_MALFORMED, ANSWER_FILE, ANSWER_ERROR } answer_kind;

typedef struct answer {
    answer_kind kind;
    uint64_t size;                /* of a file */
    char text[ANSWER_LINE_MAX];   /* of an error: printable ASCII */
} answer;

/* Reads a first line of `length` bytes without its newline. Pure. */
void answer_read(const char *line, size_t length, answer *out);

/*
 * Takes an answer from one descriptor and writes the file, which has at most `most` bytes, to another. False with one
 * line of explanation when anything is not as it must be; then what was written is not the file. `seconds` without a
 * byte end it, too.
 */
bool answer_receive(int from, int to, uint64_t most, unsigned seconds, uint64_t *size, char why[256]);

#endif
