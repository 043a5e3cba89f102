/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of Hyper-V's list: any bytes, no overrun; values handed over are terminated and short. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

static void visit(void *context, const char *first, const char *second)
{
    size_t *count = context;
    if (strlen(first) >= 128 || strlen(second) >= 128)
        abort();
    ++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = 0;
    json_read_pairs((const char *)data, size, "Id", "State", visit, &count);
    if (count > size)
        abort();
    return 0;
}
