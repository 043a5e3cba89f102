/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a document or link to the domain that policy names, and taking the edited document back. */
#ifndef OPEN_H
#define OPEN_H

#include <stdbool.h>

#include "qubes-admin.h"

/* Exit codes beyond those of qubes-admin that are used here (1, 2, 3, 5, 6, 8, 10). */
#define OPEN_DENIED QUBES_E_DENIED /* the policy or the person said no */
#define OPEN_NO_SERVICE QUBES_E_DRIVER /* qrexec or the service over there is not available */

/* The largest edited document that is taken back. */
#define OPEN_ANSWER_MAX (1ull << 30)

/* `client` is the program qrexec-client-vm. */
qubes_status open_url(const char *client, const char *url, qubes_error *err);

/*
 * Sends the file. Unless view_only, waits for the domain to be done with it, and, if it sent the file
 * back changed, replaces it; QUBES_E_IN_USE when the file has been changed here meanwhile (then the
 * edited one is kept beside it).
 */
qubes_status open_file(const char *client, const char *path, bool view_only, qubes_error *err);

/* The program with UTF-8 arguments; `self` is its own path. */
int open_main(const char *self, int argc, char **argv);

#endif
