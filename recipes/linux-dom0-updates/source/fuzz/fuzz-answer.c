/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an update domain sends, through the whole of answer_receive: never more than is expected, never half a file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "answer.h"

#define MOST 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[256] = "";
    uint64_t got = 0;
    int from = memfd_create("answer", 0), to = memfd_create("file", 0);
    if (from < 0 || to < 0 || write(from, data, size) != (ssize_t)size || lseek(from, 0, SEEK_SET) != 0)
        abort();
    bool good = answer_receive(from, to, MOST, 1, &got, why);
    off_t written = lseek(to, 0, SEEK_END);
    if (written > MOST || (good && (uint64_t)written != got) || (good && size < got) || (!good && !*why))
        abort();
    for (const char *c = why; *c; c++)
        if (*c < 0x20 || *c >= 0x7f)
            abort();
    close(from);
    close(to);
    return 0;
}
