/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a call at which it was made. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pump.h"
#include "qrexec/session.h"

#define GREET_MS 60000   /* the service's domain may be slow to connect */
#define ANSWER_MS 600000 /* a domain may have to be started, or a person asked, first */
#define REQUEST_BUFFER 4096
#define REQUEST_ID "SOCKET" /* a placeholder: the agent names each request itself */

static int problem(const char *what, const char *why)
{
    fprintf(stderr, "qrexec: %s%s%s\n", what, why != NULL ? ": " : "", why != NULL ? why : "");
    fflush(stderr);
    return QREXEC_EXIT_PROBLEM;
}

static int connect_attempt(void *endpoint, struct vchan_peer *peer)
{
    return vchan_local_connect(endpoint, peer);
}

static vchan_stream *connect_to(const char *endpoint, size_t buffer)
{
    struct vchan_peer peer;

    if (vchan_connect_patiently(connect_attempt, (void *)endpoint, &peer) < 0)
        return NULL;
    return vchan_stream_connected(peer, buffer, buffer);
}

static bool send_request(vchan_stream *stream, const char *target, const char *service)
{
    struct qrexec_trigger trigger = {.request_id = REQUEST_ID};
    uint8_t message[QREXEC_HEADER_SIZE + QREXEC_COMMAND_MOST + 128];

    if (strlen(target) >= sizeof(trigger.target) || strlen(service) >= sizeof(trigger.service))
        return false;
    strcpy(trigger.target, target);
    strcpy(trigger.service, service);
    size_t size = qrexec_put_trigger(message + QREXEC_HEADER_SIZE, &trigger);
    qrexec_put_header(message, (struct qrexec_header){QREXEC_TRIGGER_SERVICE3, (uint32_t)size});
    size += QREXEC_HEADER_SIZE;
    return vchan_stream_write(stream, message, size) == (int)size;
}

/* The answer to a request: 0 and its bytes, or the exit code that says why there is none. */
static int await_answer(vchan_stream *stream, uint8_t answer[QREXEC_PORT_SIZE])
{
    unsigned long long end = os_now() + ANSWER_MS;
    struct os_event *stop = os_stop_event();

    for (;;) {
        bool gone = vchan_stream_is_open(stream) == VCHAN_DISCONNECTED;
        if (vchan_stream_data_ready(stream) >= QREXEC_PORT_SIZE)
            break;
        if (gone) {
            problem("the request was refused", NULL);
            return QREXEC_EXIT_REFUSED;
        }
        unsigned long long now = os_now();
        struct os_wait_item items[] = {{.handle = vchan_stream_handle(stream)}, {.handle = os_event_handle(stop)}};
        if (now >= end || os_wait(items, 2, (int)(end - now)) < 0 || items[1].fired)
            return problem("no answer to the request", NULL);
        if (items[0].fired)
            vchan_stream_wait(stream, 0);
    }
    if (vchan_stream_recv(stream, answer, QREXEC_PORT_SIZE) != QREXEC_PORT_SIZE)
        return problem("no answer to the request", NULL);
    return 0;
}

/* Gives the call's data to the local program, or to our own streams. false with a report. */
static bool join_streams(struct pump *pump, const char *const *argv, struct os_process **program)
{
    struct os_process_spec spec = {.argv = argv, .stdio = {OS_STDIO_PIPE, OS_STDIO_PIPE, OS_STDIO_INHERIT}};
    struct os_stream *ends[3] = {NULL};
    char why[256] = "";

    if (argv[0] != NULL) {
        *program = os_process_start(&spec, ends, why, sizeof(why));
        if (*program == NULL) {
            problem(argv[0], why);
            return false;
        }
    } else {
        ends[OS_STDIN] = os_stream_own(OS_STDOUT);
        ends[OS_STDOUT] = os_stream_own(OS_STDIN);
    }
    pump->sources[0] = (struct pump_source){ends[OS_STDOUT], QREXEC_DATA_STDIN};
    pump->sinks[0] = (struct pump_sink){ends[OS_STDIN], QREXEC_DATA_STDOUT};
    pump->sinks[1] = (struct pump_sink){os_stream_own(OS_STDERR), QREXEC_DATA_STDERR};
    return pump->sinks[1].stream != NULL;
}

/* The service's exit code where every system can pass it on; others are a failure, never success. */
static int representable(int32_t code)
{
    return code >= 0 && code <= 255 ? code : 255;
}

/* Until the service's exit code has come and all of its output is delivered. */
static int carry(struct pump *pump, bool own_streams)
{
    struct os_event *stop = os_stop_event();

    for (;;) {
        if (pump_turn(pump))
            continue;
        if (pump->has_exit_code && pump_is_delivered(pump))
            return representable(pump->exit_code);
        if (pump->gone && !pump->has_exit_code && pump->into == NULL)
            return problem("the connection ended before the service did", qrexec_channel_problem(pump->channel));
        if (pump->sink_broke && own_streams)
            return QREXEC_EXIT_PROBLEM; /* as a pipe's writer without a reader: silently */
        struct os_wait_item items[PUMP_ITEMS + 3];
        size_t count = pump_items(pump, items);
        if (pump->has_exit_code || pump->gone) {
            /* What is left is local: the channel is quiet, or fires for good. */
            items[0] = (struct os_wait_item){.handle = os_event_handle(stop)};
            for (size_t i = 0; i < 2; i++)
                if (pump->sinks[i].stream != NULL && !os_stream_is_flushed(pump->sinks[i].stream))
                    items[count++] = os_stream_item(pump->sinks[i].stream, true);
        }
        items[count++] = (struct os_wait_item){.handle = os_event_handle(stop)};
        if (os_wait(items, count, -1) < 0 || items[count - 1].fired)
            return problem("interrupted", NULL);
        if (items[0].fired && !pump->has_exit_code && !pump->gone)
            qrexec_channel_fired(pump->channel);
    }
}

/* The local program has its input closed now; it may take its time to end. */
static void await_program(struct os_process *program)
{
    struct os_wait_item items[] = {{.handle = os_process_handle(program)},
                                   {.handle = os_event_handle(os_stop_event())}};

    while (!os_process_ended(program, NULL))
        if (os_wait(items, 2, -1) < 0 || items[1].fired) {
            os_process_end(program);
            return;
        }
}

static int carry_call(struct qrexec_channel *channel, const char *const *argv)
{
    struct pump pump = {.channel = channel};
    struct os_process *program = NULL;
    int code = QREXEC_EXIT_PROBLEM;

    if (!qrexec_channel_greet(channel, GREET_MS, os_stop_event()))
        return problem("the service's domain did not answer", qrexec_channel_problem(channel));
    if (join_streams(&pump, argv, &program))
        code = carry(&pump, program == NULL);
    pump_close_streams(&pump);
    if (program != NULL)
        await_program(program);
    os_process_close(program);
    return code;
}

bool qrexec_ticket_endpoint(char endpoint[OS_PATH_SIZE], const uint8_t ticket[QREXEC_PORT_SIZE])
{
    int length = snprintf(endpoint, OS_PATH_SIZE, "%s-%08x%08x", os_daemon_endpoint(),
                          (unsigned)qrexec_get_u32(ticket), (unsigned)qrexec_get_u32(ticket + 4));

    return length > 0 && length < OS_PATH_SIZE;
}

/* The channel of the call's data, over what the answer names. NULL with errno. */
static struct qrexec_channel *open_data(enum qrexec_broker broker, const uint8_t answer[QREXEC_PORT_SIZE])
{
    char endpoint[OS_PATH_SIZE];

    if (broker == QREXEC_DAEMON) {
        vchan_stream *stream = NULL;
        if (qrexec_ticket_endpoint(endpoint, answer))
            stream = connect_to(endpoint, VCHAN_BUFFER_DEFAULT);
        return stream != NULL ? qrexec_channel_open(qrexec_carrier_of_stream(stream), QREXEC_TO_CALLER) : NULL;
    }
    struct qrexec_port port = qrexec_get_port(answer);
    libvchan_t *vchan = libvchan_server_init((int)port.domain, (int)port.port, VCHAN_BUFFER_DEFAULT,
                                             VCHAN_BUFFER_DEFAULT);
    return vchan != NULL ? qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_TO_CALLER) : NULL;
}

static int make_call(vchan_stream *request, enum qrexec_broker broker, const char *target, const char *service,
                     const char *const *argv)
{
    uint8_t answer[QREXEC_PORT_SIZE];

    if (!send_request(request, target, service))
        return problem("the request could not be sent", NULL);
    int code = await_answer(request, answer);
    if (code != 0)
        return code;
    struct qrexec_channel *channel = open_data(broker, answer);
    if (channel == NULL)
        return problem("opening the call's channel", os_error(errno));
    code = carry_call(channel, argv);
    qrexec_channel_close(channel);
    return code;
}

int qrexec_call(enum qrexec_broker broker, const char *target, const char *service, const char *const *argv)
{
    const char *endpoint = broker == QREXEC_AGENT ? os_agent_endpoint() : os_daemon_endpoint();

    if (os_stop_event() == NULL || !qrexec_service_is_valid(service))
        return problem(service, "not the name of a service");
    vchan_stream *request = connect_to(endpoint, REQUEST_BUFFER);
    if (request == NULL)
        return problem(endpoint, os_error(errno));
    int code = make_call(request, broker, target, service, argv);
    vchan_stream_close(request); /* only now: this tells the broker that the call is over */
    return code;
}

int qrexec_call_main(enum qrexec_broker broker, int argc, char **argv)
{
    if (argc < 3 || argv[1][0] == '-') {
        fprintf(stderr, "usage: %s TARGET SERVICE[+ARGUMENT] [PROGRAM [ARGUMENT...]]\n"
                        "Calls a service in another domain; without PROGRAM over this program's own streams.\n"
                        "Exit codes: the service's; 125 problem, 126 refused, 127 no such service.\n",
                argc > 0 ? argv[0] : "qrexec");
        return 2;
    }
    return qrexec_call(broker, argv[1], argv[2], (const char *const *)argv + 3);
}
