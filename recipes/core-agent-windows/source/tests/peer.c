/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays the admin domain for one agent, the domain 5, over named pipes:
 *   peer exec COMMAND        has the agent run USER:COMMAND; our streams are its streams, its code ours
 *   peer cut COMMAND         the same, but leaves when the first output has come
 *   peer refuse              waits for a request and refuses it
 *   peer serve TEXT CODE     waits for a request, grants it, and serves it: sends TEXT and what it is sent
 */
#include <fcntl.h>
#include <io.h>
#include <string.h>

#include "expect.h"
#include "qrexec/channel.h"
#include "qrexec/session.h"
#include "qrexec/windows.h"

#define AGENT 5
#define LONG_MS 30000
#define PORT 600

static struct qrexec_channel *control;

static struct qrexec_message next_message(struct qrexec_channel *channel)
{
    unsigned long long end = os_now() + LONG_MS;
    struct qrexec_message message;
    int answer;

    while ((answer = qrexec_channel_receive(channel, &message)) == 0) {
        struct os_wait_item item = qrexec_channel_item(channel);
        EXPECT(os_now() < end);
        qrexec_channel_flush(channel);
        if (os_wait(&item, 1, 1000) > 0)
            qrexec_channel_fired(channel);
    }
    if (answer < 0)
        message.header.type = 0; /* the peer went away */
    return message;
}

static void expect_terminated(void)
{
    struct qrexec_message message = next_message(control);

    EXPECT(message.header.type == QREXEC_CONNECTION_TERMINATED);
    EXPECT(qrexec_get_port(message.body).port == PORT);
}

static struct qrexec_channel *begin(const char *command)
{
    static struct qrexec_exec exec = {{0, PORT}, ""};
    static uint8_t body[QREXEC_COMMAND_MOST + 128];
    libvchan_t *vchan = libvchan_server_init(AGENT, PORT, 65536, 65536);

    EXPECT(vchan != NULL);
    snprintf(exec.command, sizeof(exec.command), "user:%s", command);
    size_t size = qrexec_put_exec(body, &exec);
    EXPECT(size > 0 && qrexec_channel_send(control, QREXEC_EXEC_CMDLINE, body, size));
    struct qrexec_channel *call = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_TO_CALLER);
    EXPECT(qrexec_channel_greet(call, LONG_MS, NULL));
    return call;
}

/* Sends what there is of our standard input and room for; true when something was sent. */
static bool send_input(struct qrexec_channel *call, struct os_stream **input)
{
    static char data[16384];
    size_t room = *input != NULL ? qrexec_channel_room(call) : 0;
    int count = room > 0 ? os_stream_read(*input, data, room < sizeof(data) ? room : sizeof(data)) : 0;

    if (count == 0)
        return false;
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDIN, data, count > 0 ? (size_t)count : 0));
    if (count < 0) {
        os_stream_close(*input);
        *input = NULL;
    }
    return true;
}

static void await(struct qrexec_channel *call, struct os_stream *input)
{
    struct os_wait_item items[2] = {qrexec_channel_item(call)};
    size_t count = 1;

    if (input != NULL && qrexec_channel_room(call) > 0)
        items[count++] = os_stream_item(input, false);
    EXPECT(os_wait(items, count, LONG_MS) > 0);
    if (items[0].fired)
        qrexec_channel_fired(call);
}

static int exec(const char *command, bool cut)
{
    struct os_stream *input = cut ? NULL : os_stream_own(OS_STDIN);
    struct qrexec_channel *call = begin(command);
    struct qrexec_message message;

    for (;;) {
        bool sent = send_input(call, &input);
        int answer = qrexec_channel_receive(call, &message);
        EXPECT(answer >= 0);
        if (answer == 0) {
            if (!sent)
                await(call, input);
            continue;
        }
        if (message.header.type == QREXEC_DATA_EXIT_CODE)
            break;
        fwrite(message.body, 1, message.header.size, message.header.type == QREXEC_DATA_STDOUT ? stdout : stderr);
        fflush(stdout);
        if (cut && message.header.size > 0)
            break;
    }
    int code = cut ? 0 : (int)qrexec_get_u32(message.body);
    qrexec_channel_close(call);
    expect_terminated();
    return code;
}

static struct qrexec_trigger await_request(void)
{
    struct qrexec_message message = next_message(control);
    struct qrexec_trigger trigger;

    EXPECT(message.header.type == QREXEC_TRIGGER_SERVICE3);
    EXPECT(qrexec_get_trigger(message.body, message.header.size, &trigger));
    printf("%s %s\n", trigger.target, trigger.service);
    return trigger;
}

static int refuse(void)
{
    struct qrexec_trigger trigger = await_request();
    uint8_t body[QREXEC_REQUEST_ID_SIZE];
    size_t size = qrexec_put_refused(body, trigger.request_id);

    EXPECT(qrexec_channel_send(control, QREXEC_SERVICE_REFUSED, body, size));
    EXPECT(qrexec_channel_flush(control));
    return 0;
}

static int serve(const char *text, int code)
{
    struct qrexec_trigger trigger = await_request();
    struct qrexec_connect connect = {{0, PORT}, ""};
    uint8_t body[QREXEC_COMMAND_MOST + 128], number[4];
    struct qrexec_message message;

    memcpy(connect.request_id, trigger.request_id, sizeof(connect.request_id));
    size_t size = qrexec_put_connect(body, &connect);
    EXPECT(qrexec_channel_send(control, QREXEC_SERVICE_CONNECT, body, size));
    EXPECT(qrexec_channel_flush(control));
    libvchan_t *vchan = libvchan_client_init(AGENT, PORT);
    EXPECT(vchan != NULL);
    struct qrexec_channel *call = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_TO_SERVICE);
    EXPECT(qrexec_channel_greet(call, LONG_MS, NULL));
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDOUT, text, strlen(text)));
    while ((message = next_message(call)).header.size > 0)
        EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDOUT, message.body, message.header.size));
    qrexec_put_u32(number, (uint32_t)code);
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_EXIT_CODE, number, 4));
    EXPECT(next_message(call).header.type == 0);
    qrexec_channel_close(call);
    expect_terminated();
    return 0;
}

int wmain(int argc, wchar_t **wide)
{
    os_set_variable("VCHAN_DOMAIN", "0");
    char **argv = windows_arguments(argc, wide);
    libvchan_t *vchan = libvchan_client_init(AGENT, QREXEC_CONTROL_PORT);

    EXPECT(argv != NULL && argc > 1 && vchan != NULL);
    _setmode(1, _O_BINARY);
    _setmode(2, _O_BINARY);
    control = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_AGENT_TO_DAEMON);
    EXPECT(qrexec_channel_greet(control, LONG_MS, NULL));
    int code = 2;
    if (strcmp(argv[1], "exec") == 0)
        code = exec(argv[2], false);
    else if (strcmp(argv[1], "cut") == 0)
        code = exec(argv[2], true);
    else if (strcmp(argv[1], "refuse") == 0)
        code = refuse();
    else if (strcmp(argv[1], "serve") == 0)
        code = serve(argv[2], atoi(argv[3]));
    qrexec_channel_close(control);
    return code;
}
