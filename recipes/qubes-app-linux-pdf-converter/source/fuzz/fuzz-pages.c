/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes of a disposable domain: a PDF or a refusal with a reason, within the sanitizers' bounds. */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *at;
    size_t left;
};

static long read_bytes(void *context, uint8_t *out, size_t size)
{
    struct bytes *bytes = context;

    if (size > bytes->left)
        size = bytes->left;
    memcpy(out, bytes->at, size);
    bytes->at += size;
    bytes->left -= size;
    return (long)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct bytes bytes = {data, size};
    const char *problem = NULL;

    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL)
        abort();
    bool made = pdf_make(&(struct page_source){read_bytes, &bytes}, 150, nowhere, &problem);
    if (!made && problem == NULL)
        abort();
    if (made && bytes.left != 0)
        abort();
    return 0;
}
