/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* How every function of the library reports what went wrong. */
#ifndef QUBES_ADMIN_ERROR_H
#define QUBES_ADMIN_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What a function returns. The numbers are also the exit codes of the
 * command qubes-admin, so they are part of the interface and never change.
 */
typedef enum qubes_status {
    QUBES_OK = 0,
    QUBES_E_SYSTEM = 1,    /* the operating system refused: file, memory, process */
    QUBES_E_USAGE = 2,     /* the command line is wrong (the command only) */
    QUBES_E_NOT_FOUND = 3, /* no such domain, property, template or file */
    QUBES_E_EXISTS = 4,    /* the name is taken */
    QUBES_E_INVALID = 5,   /* a name or a value breaks a rule */
    QUBES_E_IN_USE = 6,    /* running, referred to by another domain, or holds data */
    QUBES_E_DAMAGED = 7,   /* a domain file or the policy cannot be understood */
    QUBES_E_DENIED = 8,    /* the policy denies the call */
    QUBES_E_ASK = 9,       /* the policy wants the user to be asked (the command only) */
    QUBES_E_DRIVER = 10    /* the VMM driver is absent or failed */
} qubes_status;

#define QUBES_ERROR_MAX 512

/*
 * The explanation that belongs to a status other than QUBES_OK, for a person:
 * one line, no newline, always terminated. Callers may pass NULL where a
 * function takes a qubes_error.
 */
typedef struct qubes_error {
    qubes_status status;
    char text[QUBES_ERROR_MAX];
} qubes_error;

#ifdef __cplusplus
}
#endif
#endif
