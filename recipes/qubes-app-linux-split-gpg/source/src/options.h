/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which command lines of gpg another domain may have run: each option is known, or the whole is refused. Pure; fuzzed. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define ARGUMENTS_MOST 1024 /* more do not fit into a request (request.h) */
#define STREAMS_MOST 16     /* of each direction, by the protocol */
#define NUMBER_MOST 1023    /* the greatest file descriptor that the protocol knows */

/*
 * A command line that is allowed. Standard input is inputs[0]; standard output and error are outputs[0] and [1].
 * The other streams are named by the numbers that the caller gave them.
 */
struct gpg_call {
    struct {
        const char *name;  /* without dashes, from the list of what is allowed */
        const char *value; /* NULL for none */
        int output;        /* the index in `outputs` that is its value; -1 for none */
    } options[ARGUMENTS_MOST];
    size_t option_count;
    const char *operands[ARGUMENTS_MOST]; /* users or keys, "-", or for --verify the signature's file first */
    size_t operand_count;
    bool verifies;      /* the first operand is a file with a signature */
    bool names_files;   /* operands are files, otherwise users or keys */
    int inputs[STREAMS_MOST], outputs[STREAMS_MOST];
    size_t input_count, output_count;
    const char *problem; /* why it is refused */
    const char *where;   /* the argument that is the reason */
};

/* Where the arguments are from: files can be named on one's own side only. */
enum gpg_side { GPG_CLIENT, GPG_SERVER };

/*
 * Reads arguments (without the program's name). False when anything is not allowed; then `problem` says why.
 * On the server's side files are refused but "-" and, as the signature of --verify, "/dev/fd/NUMBER", which becomes
 * inputs[1]. Arguments are printable UTF-8.
 */
bool gpg_call_read(struct gpg_call *out, enum gpg_side side, size_t count, const char *const *arguments);

#endif
