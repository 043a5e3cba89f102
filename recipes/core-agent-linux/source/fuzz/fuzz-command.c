/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a command line: an accepted service is one that no path or option could be. */
#include <stdlib.h>
#include <string.h>

#include "qrexec/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qrexec_command command;
    char again[QREXEC_COMMAND_MOST];
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (qrexec_command_parse(text, &command) && command.is_service) {
        if (!qrexec_service_is_valid(command.service) || strpbrk(command.name, "/\\+") != NULL ||
            command.source[0] == '-' || strpbrk(command.source, " /") != NULL)
            abort();
        if (!qrexec_command_write(again, command.user, command.service, command.source,
                                  command.target[0] != '\0' ? command.target_type : NULL, command.target))
            abort();
        if (strstr(text, ":nogui:") == NULL && strcmp(again, text) != 0)
            abort();
    }
    free(text);
    return 0;
}
