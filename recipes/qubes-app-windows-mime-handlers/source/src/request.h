/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be opened: strict checks of URLs and names, and the bytes that the services
 * qubes.OpenURL and qubes.OpenInVM expect. Pure.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_URL_MAX 2000  /* what browsers and the services' shells handle everywhere */
#define REQUEST_NAME_SIZE 256 /* qubes.OpenInVM: the name, padded with zeros to this many bytes */
#define REQUEST_VIEW_ONLY "view-only-"

/* Whether a text begins with a scheme ("xyz:", at least two letters: one is a drive). */
bool request_has_scheme(const char *text);

/*
 * Checks a URL and writes it, with all but ASCII percent-encoded, into out. False with a reason for
 * anything but a plain http, https, ftp or mailto URL: other schemes, user names and passwords before
 * the host, characters that no URL has.
 */
bool request_url(const char *text, char out[REQUEST_URL_MAX + 1], const char **why);

/*
 * The header of qubes.OpenInVM for a file of this name (UTF-8, no directories): what a file name
 * should not have becomes '_', and a long name loses its beginning, so that the extension stays.
 * False when nothing of the name is left.
 */
bool request_header(const char *name, bool view_only, char out[REQUEST_NAME_SIZE]);

/* Whether a path may be opened: no devices, no network shares, no alternate streams. Windows' rules. */
bool request_path_is_plain(const char *path, const char **why);

#endif
