/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of a daemon: understood as written, and refused when anything is off. */
#include <string.h>

#include "expect.h"
#include "qrexec/command.h"

static void services(void)
{
    struct qrexec_command command;

    EXPECT(qrexec_command_parse("user:QUBESRPC qubes.OpenURL+a+b work name vault", &command));
    EXPECT(command.is_service && strcmp(command.user, "user") == 0);
    EXPECT(strcmp(command.service, "qubes.OpenURL+a+b") == 0 && strcmp(command.name, "qubes.OpenURL") == 0);
    EXPECT(strcmp(command.argument, "a+b") == 0 && strcmp(command.source, "work") == 0);
    EXPECT(strcmp(command.target_type, "name") == 0 && strcmp(command.target, "vault") == 0);

    EXPECT(qrexec_command_parse("DEFAULT:nogui:QUBESRPC x dom0", &command));
    EXPECT(strcmp(command.user, "DEFAULT") == 0 && command.argument[0] == '\0' && command.target[0] == '\0');
    EXPECT(qrexec_command_parse("u:QUBESRPC x+ dom0 keyword adminvm", &command));
    EXPECT(command.argument[0] == '\0' && strcmp(command.target, "adminvm") == 0);
}

static void other_commands(void)
{
    struct qrexec_command command;

    EXPECT(qrexec_command_parse("root:echo a: b", &command));
    EXPECT(!command.is_service && strcmp(command.user, "root") == 0 && strcmp(command.line, "echo a: b") == 0);
    EXPECT(qrexec_command_parse("root:QUBESRPCX y z", &command) && !command.is_service);
}

static void mistakes(void)
{
    const char *wrong[] = {
        "", ":", "user:", ":echo", "echo", "user:QUBESRPC ", "user:QUBESRPC x", "user:QUBESRPC x ",
        "user:QUBESRPC  x dom0", "user:QUBESRPC x  dom0", "user:QUBESRPC x dom0 ", "user:QUBESRPC x dom0 name",
        "user:QUBESRPC x dom0 name ", "user:QUBESRPC x dom0 kind y", "user:QUBESRPC x dom0 name y z",
        "user:QUBESRPC x dom0 name y ", "user:QUBESRPC ../x dom0", "user:QUBESRPC x do/m0", "user:QUBESRPC x -dom",
        "user:QUBESRPC x dom0 name -y", "user:QUBESRPC .x dom0",
    };
    struct qrexec_command command;
    char text[300];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (qrexec_command_parse(wrong[i], &command))
            fprintf(stderr, "understood: '%s'\n", wrong[i]);
        EXPECT(!qrexec_command_parse(wrong[i], &command));
    }
    memset(text, 'a', sizeof(text));
    memcpy(text + sizeof(text) - 3, ":b", 3);
    EXPECT(!qrexec_command_parse(text, &command));
}

static void written_ones_are_understood(void)
{
    char text[QREXEC_COMMAND_MOST];
    struct qrexec_command command;

    EXPECT(qrexec_command_write(text, "user", "a.B+c", "work", NULL, NULL));
    EXPECT(strcmp(text, "user:QUBESRPC a.B+c work") == 0);
    EXPECT(qrexec_command_write(text, "root", "a.B", "work", "keyword", "adminvm"));
    EXPECT(qrexec_command_parse(text, &command) && strcmp(command.target, "adminvm") == 0);
}

int main(void)
{
    services();
    other_commands();
    mistakes();
    written_ones_are_understood();
    return 0;
}
