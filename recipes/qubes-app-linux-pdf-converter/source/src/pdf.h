/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a PDF of pages that are pictures, and of nothing else. */
#ifndef PDF_H
#define PDF_H

#include <stdio.h>

#include "pages.h"

#define PDF_MOST (2ull << 30) /* bytes of the file: a domain that sends noise fills no disk */

#define RESOLUTION_LEAST 36 /* pixels per inch */
#define RESOLUTION_MOST 600

/*
 * Reads all pages and writes the file, by ISO 32000-1, sections 7.5 (structure) and 8.9.5 (images). Memory does not
 * grow with the size of a page. False with the reason in `problem`; the file is then of no use.
 */
bool pdf_make(const struct page_source *from, unsigned resolution, FILE *out, const char **problem);

#endif
