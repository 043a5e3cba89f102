/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of qrexec: as documented, and nothing beyond a field is believed. */
#include <string.h>

#include "expect.h"
#include "qrexec/protocol.h"

static void a_header_is_two_little_endian_numbers(void)
{
    uint8_t bytes[QREXEC_HEADER_SIZE];

    qrexec_put_header(bytes, (struct qrexec_header){QREXEC_HELLO, 4});
    EXPECT(memcmp(bytes, "\x00\x03\x00\x00\x04\x00\x00\x00", 8) == 0);
    struct qrexec_header back = qrexec_get_header(bytes);
    EXPECT(back.type == QREXEC_HELLO && back.size == 4);
}

static bool may(enum qrexec_link link, uint32_t type, uint32_t size)
{
    return qrexec_is_expected(link, (struct qrexec_header){type, size});
}

static void each_link_allows_its_messages_only(void)
{
    EXPECT(may(QREXEC_AGENT_TO_DAEMON, QREXEC_HELLO, 4));
    EXPECT(!may(QREXEC_AGENT_TO_DAEMON, QREXEC_HELLO, 5));
    EXPECT(!may(QREXEC_AGENT_TO_DAEMON, QREXEC_EXEC_CMDLINE, 20));
    EXPECT(!may(QREXEC_AGENT_TO_DAEMON, QREXEC_SERVICE_CONNECT, 40));
    EXPECT(!may(QREXEC_AGENT_TO_DAEMON, QREXEC_TRIGGER_SERVICE3, 97));
    EXPECT(may(QREXEC_AGENT_TO_DAEMON, QREXEC_TRIGGER_SERVICE3, 98));
    EXPECT(!may(QREXEC_AGENT_TO_DAEMON, QREXEC_TRIGGER_SERVICE3, QREXEC_BODY_MOST + 1));
    EXPECT(!may(QREXEC_AGENT_TO_DAEMON, 0x210, 128)); /* MSG_TRIGGER_SERVICE of version 2 */
    EXPECT(may(QREXEC_DAEMON_TO_AGENT, QREXEC_SERVICE_CONNECT, 40));
    EXPECT(!may(QREXEC_DAEMON_TO_AGENT, QREXEC_TRIGGER_SERVICE3, 100));
    EXPECT(!may(QREXEC_DAEMON_TO_AGENT, QREXEC_EXEC_CMDLINE, 0xffffffff));
    EXPECT(may(QREXEC_TO_SERVICE, QREXEC_DATA_STDIN, 0));
    EXPECT(may(QREXEC_TO_SERVICE, QREXEC_DATA_STDIN, QREXEC_DATA_MOST));
    EXPECT(!may(QREXEC_TO_SERVICE, QREXEC_DATA_STDIN, QREXEC_DATA_MOST + 1));
    EXPECT(!may(QREXEC_TO_SERVICE, QREXEC_DATA_STDOUT, 1));
    EXPECT(!may(QREXEC_TO_SERVICE, QREXEC_DATA_EXIT_CODE, 4));
    EXPECT(may(QREXEC_TO_CALLER, QREXEC_DATA_EXIT_CODE, 4));
    EXPECT(!may(QREXEC_TO_CALLER, QREXEC_DATA_EXIT_CODE, 8));
    EXPECT(!may(QREXEC_REQUEST, QREXEC_HELLO, 4));
}

static void commands_end_with_their_zero_byte(void)
{
    uint8_t bytes[QREXEC_COMMAND_MOST + 128];
    struct qrexec_exec exec = {{7, 513}, "user:QUBESRPC test.Echo work"}, back;
    size_t size = qrexec_put_exec(bytes, &exec);

    EXPECT(size == 8 + strlen(exec.command) + 1);
    EXPECT(memcmp(bytes, "\x07\x00\x00\x00\x01\x02\x00\x00user:", 13) == 0);
    EXPECT(qrexec_get_exec(bytes, size, &back));
    EXPECT(back.to.domain == 7 && back.to.port == 513 && strcmp(back.command, exec.command) == 0);
    EXPECT(!qrexec_get_exec(bytes, size - 1, &back)); /* no zero byte */
    bytes[10] = 0;
    EXPECT(!qrexec_get_exec(bytes, size, &back)); /* one too early */
    EXPECT(!qrexec_get_exec(bytes, 8, &back));
    EXPECT(!qrexec_get_exec(bytes, 9, &back));
    EXPECT(!qrexec_get_exec(bytes, 3, &back));
    memset(exec.command, 'a', sizeof(exec.command));
    EXPECT(qrexec_put_exec(bytes, &exec) == 0);
}

static void connects_carry_an_id(void)
{
    uint8_t bytes[QREXEC_COMMAND_MOST + 128];
    struct qrexec_connect connect = {{3, 520}, "SOCKET11"}, back;

    EXPECT(qrexec_put_connect(bytes, &connect) == 40);
    EXPECT(qrexec_get_connect(bytes, 40, &back));
    EXPECT(back.to.domain == 3 && back.to.port == 520 && strcmp(back.request_id, "SOCKET11") == 0);
    EXPECT(qrexec_get_connect(bytes, 17, &back)); /* only as far as the zero byte */
    EXPECT(!qrexec_get_connect(bytes, 16, &back));
    EXPECT(!qrexec_get_connect(bytes, 41, &back));
    EXPECT(!qrexec_get_connect(bytes, 9, &back));
    memset(bytes + 8, 'S', 32);
    EXPECT(!qrexec_get_connect(bytes, 40, &back)); /* no zero byte in the field */
    memcpy(bytes + 8, "A B\0", 4);
    EXPECT(!qrexec_get_connect(bytes, 40, &back));

    char id[QREXEC_REQUEST_ID_SIZE];
    EXPECT(qrexec_put_refused(bytes, "SOCKET1") == 32);
    EXPECT(qrexec_get_refused(bytes, 32, id) && strcmp(id, "SOCKET1") == 0);
    EXPECT(!qrexec_get_refused(bytes, 31, id));
    EXPECT(qrexec_put_refused(bytes, "an id that is longer than its field") == 0);
}

static void triggers_name_a_service_and_a_target(void)
{
    uint8_t bytes[QREXEC_COMMAND_MOST + 128];
    struct qrexec_trigger trigger = {"@dispvm:work", "SOCKET", "qubes.OpenURL+a-b"}, back;
    size_t size = qrexec_put_trigger(bytes, &trigger);

    EXPECT(size == 96 + 18);
    EXPECT(qrexec_get_trigger(bytes, size, &back));
    EXPECT(strcmp(back.target, trigger.target) == 0 && strcmp(back.service, trigger.service) == 0);
    EXPECT(!qrexec_get_trigger(bytes, size - 1, &back));
    EXPECT(!qrexec_get_trigger(bytes, 96, &back));

    const char *bad_targets[] = {"a b", "a/b", "a\nb", "$dispvm", "a;b"};
    for (size_t i = 0; i < sizeof(bad_targets) / sizeof(bad_targets[0]); i++) {
        memset(trigger.target, 0, sizeof(trigger.target));
        strcpy(trigger.target, bad_targets[i]);
        size = qrexec_put_trigger(bytes, &trigger);
        EXPECT(size > 0 && !qrexec_get_trigger(bytes, size, &back));
    }
}

static void services_have_plain_names(void)
{
    const char *good[] = {"a", "qubes.Filecopy", "qubes.OpenURL+", "x+a+b", "0-_.+.", "a.."};
    const char *bad[] = {"",     "+a",  ".hidden", "..",   "-option", "a b",  "a/b",
                         "a\\b", "a%b", "a&b",     "a\"b", "a\nb",    "a:b"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        EXPECT(qrexec_service_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        EXPECT(!qrexec_service_is_valid(bad[i]));
    char longest[QREXEC_SERVICE_SIZE + 1] = "";
    memset(longest, 'a', QREXEC_SERVICE_SIZE);
    EXPECT(!qrexec_service_is_valid(longest));
    longest[QREXEC_SERVICE_SIZE - 1] = '\0';
    EXPECT(qrexec_service_is_valid(longest));
}

int main(void)
{
    a_header_is_two_little_endian_numbers();
    each_link_allows_its_messages_only();
    commands_end_with_their_zero_byte();
    connects_carry_an_id();
    triggers_name_a_service_and_a_target();
    services_have_plain_names();
    return 0;
}
