/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that the method starts: the call to the update domain, and the one that computes a hash. */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct call {
    pid_t child;
    int input;  /* written to */
    int output; /* read from */
} call;

/* Starts a program of PATH. What it says on standard error is dropped, because another domain may have said it. */
bool call_start(const char *const *argv, call *out);
/* Closes what is open, ends it if it has not, and gives its exit code. */
int call_end(call *what);

/* SHA-256 of what a file has, as 64 hexadecimal digits. */
bool call_sha256(const char *path, char out[65]);

#endif
