/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a request: what is allowed names no file, asks for no option but known ones, and fits its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gpg_call *call)
{
    if (call->input_count > STREAMS_MOST || call->output_count > STREAMS_MOST)
        abort();
    for (size_t i = 0; i < call->option_count; i++) {
        const char *value = call->options[i].value;
        if (call->options[i].name[0] == '-' || call->options[i].output >= (int)call->output_count)
            abort();
        if (strcmp(call->options[i].name, "output") == 0 && strcmp(value, "-") != 0)
            abort();
        for (; value != NULL && *value != '\0'; value++)
            if ((unsigned char)*value < ' ' || *value == 0x7f)
                abort();
    }
    for (size_t i = 0; call->names_files && i < call->operand_count; i++)
        if (strcmp(call->operands[i], "-") != 0 &&
            !(i == 0 && call->verifies && strncmp(call->operands[i], "/dev/fd/", 8) == 0 && call->input_count == 2))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t request[REQUEST_SIZE];
    static const char *arguments[REQUEST_COMMAND];
    static struct gpg_call call;
    size_t count;

    memset(request, 0, sizeof request);
    memcpy(request, data, size < sizeof request ? size : sizeof request);
    if (request_read(request, &count, arguments) && gpg_call_read(&call, GPG_SERVER, count, arguments))
        check(&call);
    return 0;
}
