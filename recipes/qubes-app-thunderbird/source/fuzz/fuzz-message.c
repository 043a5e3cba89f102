/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a message: data lie within it, and of any name comes a header that names one plain file. */
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(const struct message *message)
{
    char header[DOCUMENT_HEADER];

    document_header(message->name, message->view_only, header);
    const char *end = memchr(header, '\0', sizeof header);
    if (end == NULL)
        abort();
    size_t length = (size_t)(end - header);
    if (length == 0 || header[0] == '.' || header[0] == '-' || strchr(header, '/') != NULL)
        abort();
    for (size_t i = length; i < sizeof header; i++)
        if (header[i] != '\0')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message message;
    const char *problem = NULL;
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        return 0;
    memcpy(copy, data, size);
    if (!message_read(copy, size, &message, &problem)) {
        if (problem == NULL)
            abort();
    } else if (message.type == MESSAGE_DATA) {
        if (message.data < copy || message.data + message.data_size > copy + size)
            abort();
    } else if (message.type == MESSAGE_BEGIN) {
        if (strlen(message.name) > NAME_MOST)
            abort();
        check_header(&message);
    }
    free(copy);
    return 0;
}
