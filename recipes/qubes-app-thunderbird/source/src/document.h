/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qubes.OpenInVM is told of a document: its name, in a block of fixed size before its content. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stdbool.h>

#define DOCUMENT_HEADER 256 /* bytes, padded with zeros */
#define DOCUMENT_VIEW_ONLY "view-only-"

/*
 * Writes the header for a document of this name. What is not a letter, digit, space or one of "._-()+,@" of ASCII becomes
 * '_', as does a '.', '-' or space at the beginning; a long name loses its beginning, so that the extension stays.
 */
void document_header(const char *name, bool view_only, char out[DOCUMENT_HEADER]);

#endif
