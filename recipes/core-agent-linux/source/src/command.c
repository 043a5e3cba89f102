/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines that a daemon sends to an agent. */
#include "qrexec/command.h"

#include <stdio.h>
#include <string.h>

#define SERVICE_MARK "QUBESRPC "

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Letters, digits and a few marks that no shell, path or option could mistake. */
static bool is_plain(const char *text, const char *marks)
{
    if (text[0] == '-' || text[0] == '\0')
        return false;
    for (; *text != '\0'; text++) {
        char c = *text;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(marks, c)))
            return false;
    }
    return true;
}

/* Takes the next word, which ends with `end` or with the text; false when it is empty or too long. */
static bool take_word(const char **at, char end, char *word, size_t size)
{
    const char *stop = strchr(*at, end);
    size_t length = stop != NULL ? (size_t)(stop - *at) : strlen(*at);

    if (length == 0 || length >= size)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length + (stop != NULL ? 1 : 0);
    return true;
}

static bool parse_service(const char *at, struct qrexec_command *command)
{
    if (*at == '\0' || at[strlen(at) - 1] == ' ' ||
        !take_word(&at, ' ', command->service, sizeof(command->service)) ||
        !qrexec_service_is_valid(command->service) ||
        !take_word(&at, ' ', command->source, sizeof(command->source)) || !is_plain(command->source, "_-."))
        return false;
    size_t name = strcspn(command->service, "+");
    memcpy(command->name, command->service, name);
    command->name[name] = '\0';
    if (command->service[name] == '+')
        memcpy(command->argument, command->service + name + 1, strlen(command->service + name + 1) + 1);
    if (*at == '\0')
        return true;
    return take_word(&at, ' ', command->target_type, sizeof(command->target_type)) &&
           take_word(&at, ' ', command->target, sizeof(command->target)) && *at == '\0' &&
           (strcmp(command->target_type, "name") == 0 || strcmp(command->target_type, "keyword") == 0) &&
           is_plain(command->target, "_-.:@");
}

bool qrexec_command_parse(const char *text, struct qrexec_command *command)
{
    const char *at = text;

    memset(command, 0, sizeof(*command));
    if (strchr(text, ':') == NULL || !take_word(&at, ':', command->user, sizeof(command->user)))
        return false;
    if (starts_with(at, "nogui:"))
        at += strlen("nogui:"); /* whether the domain shows windows is not the agent's business */
    command->is_service = starts_with(at, SERVICE_MARK);
    if (command->is_service)
        return parse_service(at + strlen(SERVICE_MARK), command);
    command->line = at;
    return *at != '\0';
}

bool qrexec_command_write(char out[QREXEC_COMMAND_MOST], const char *user, const char *service,
                          const char *source, const char *type, const char *target)
{
    bool full = type != NULL && target != NULL;
    int length = snprintf(out, QREXEC_COMMAND_MOST, "%s:" SERVICE_MARK "%s %s%s%s%s%s", user, service, source,
                          full ? " " : "", full ? type : "", full ? " " : "", full ? target : "");

    return length > 0 && length < QREXEC_COMMAND_MOST;
}
