/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent of a domain: one loop over the daemon, callers' programs and running sessions. */
#include "qrexec/agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qrexec/channel.h"
#include "qrexec/session.h"

#define CONTROL_BUFFER 65536
#define RETRY_MS 2000
#define SESSIONS_MOST 256 /* calls that this domain serves at the same time */
#define REQUESTS_MOST 256 /* calls that programs of this domain make */

/* A process that serves one call. */
struct session {
    struct os_process *process; /* NULL: the place is free */
    struct qrexec_port to;
};

/* A local program that makes a call. */
struct request {
    struct qrexec_channel *channel; /* NULL: the place is free */
    enum { ASKING, ASKED, GRANTED } state;
    char id[QREXEC_REQUEST_ID_SIZE];
    struct qrexec_port port; /* GRANTED: what its program offers */
};

struct agent {
    struct os_event *stop;
    struct qrexec_channel *control;
    bool hello_sent, hello_came;
    unsigned long long retry_control, retry_listener; /* not before these times */
    struct vchan_listener *listener;
    unsigned requests_made;
    struct session sessions[SESSIONS_MOST];
    struct request requests[REQUESTS_MOST];
};

static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("qrexec-agent: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    fflush(stderr);
    va_end(arguments);
}

static bool is_ready(const struct agent *agent)
{
    return agent->control != NULL && agent->hello_sent && agent->hello_came;
}

/* ---- Sessions ---- */

static void tell_terminated(struct agent *agent, struct qrexec_port port)
{
    uint8_t body[QREXEC_PORT_SIZE];

    qrexec_put_port(body, port);
    if (is_ready(agent) && port.port != 0)
        qrexec_channel_send(agent->control, QREXEC_CONNECTION_TERMINATED, body, sizeof(body));
}

static void start_session(struct agent *agent, const struct qrexec_exec *exec, bool streams)
{
    struct os_process_spec spec = {
        .environment = qrexec_session_environment,
        .stdio = {OS_STDIO_NOTHING, OS_STDIO_INHERIT, OS_STDIO_INHERIT},
    };
    struct qrexec_session_room room;
    struct os_stream *none[3] = {NULL};
    struct session *session = NULL;
    const char *argv[8];
    char why[256] = "too many calls at the same time";

    for (size_t i = 0; i < SESSIONS_MOST && session == NULL; i++)
        if (agent->sessions[i].process == NULL)
            session = &agent->sessions[i];
    if (session != NULL && qrexec_session_argv(argv, &room, exec->to, exec->command, streams)) {
        spec.argv = argv;
        session->process = os_process_start(&spec, none, why, sizeof(why));
        session->to = exec->to;
    }
    if (session == NULL || session->process == NULL) {
        say("cannot serve a call: %s", why);
        tell_terminated(agent, exec->to);
    }
}

static void reap_sessions(struct agent *agent)
{
    for (size_t i = 0; i < SESSIONS_MOST; i++) {
        struct session *session = &agent->sessions[i];
        if (session->process == NULL || !os_process_ended(session->process, NULL))
            continue;
        os_process_close(session->process);
        session->process = NULL;
        tell_terminated(agent, session->to);
    }
}

static void end_sessions(struct agent *agent)
{
    for (size_t i = 0; i < SESSIONS_MOST; i++)
        if (agent->sessions[i].process != NULL) {
            os_process_end(agent->sessions[i].process);
            os_process_close(agent->sessions[i].process);
            agent->sessions[i].process = NULL;
        }
}

/* ---- Requests ---- */

static void drop_request(struct agent *agent, struct request *request)
{
    if (request->state == GRANTED)
        tell_terminated(agent, request->port);
    qrexec_channel_close(request->channel);
    memset(request, 0, sizeof(*request));
}

static struct request *find_request(struct agent *agent, const char *id)
{
    for (size_t i = 0; i < REQUESTS_MOST; i++)
        if (agent->requests[i].channel != NULL && agent->requests[i].state == ASKED &&
            strcmp(agent->requests[i].id, id) == 0)
            return &agent->requests[i];
    return NULL;
}

static void accept_requests(struct agent *agent)
{
    struct vchan_peer peer;
    int answer;

    while (agent->listener != NULL && (answer = agent->listener->accept(agent->listener, &peer)) != 0) {
        if (answer < 0) {
            say("the local endpoint failed: %s", os_error(errno));
            agent->listener->close(agent->listener);
            agent->listener = NULL;
            return;
        }
        vchan_stream *stream = vchan_stream_connected(peer, 4096, 4096);
        struct request *place = NULL;
        for (size_t i = 0; i < REQUESTS_MOST && place == NULL; i++)
            if (agent->requests[i].channel == NULL)
                place = &agent->requests[i];
        if (stream == NULL || place == NULL)
            vchan_stream_close(stream);
        else
            place->channel = qrexec_channel_open(qrexec_carrier_of_stream(stream), QREXEC_REQUEST);
    }
}

/* Passes a program's request on under an id of our own; false to drop it. */
static bool forward_request(struct agent *agent, struct request *request, const struct qrexec_message *message)
{
    uint8_t body[QREXEC_COMMAND_MOST + 128];
    struct qrexec_trigger trigger;

    if (request->state != ASKING || !is_ready(agent) ||
        !qrexec_get_trigger(message->body, message->header.size, &trigger))
        return false;
    snprintf(request->id, sizeof(request->id), "SOCKET%u", ++agent->requests_made);
    memcpy(trigger.request_id, request->id, sizeof(request->id));
    size_t size = qrexec_put_trigger(body, &trigger);
    request->state = ASKED;
    return size > 0 && qrexec_channel_send(agent->control, QREXEC_TRIGGER_SERVICE3, body, size);
}

static void serve_requests(struct agent *agent)
{
    struct qrexec_message message;

    for (size_t i = 0; i < REQUESTS_MOST; i++) {
        struct request *request = &agent->requests[i];
        if (request->channel == NULL)
            continue;
        qrexec_channel_flush(request->channel);
        int answer = qrexec_channel_receive(request->channel, &message);
        if (answer < 0 || (answer > 0 && !forward_request(agent, request, &message)))
            drop_request(agent, request);
    }
}

/* ---- The daemon ---- */

static void grant(struct agent *agent, const struct qrexec_connect *connect)
{
    struct request *request = find_request(agent, connect->request_id);
    uint8_t body[QREXEC_PORT_SIZE];

    if (request == NULL) {
        tell_terminated(agent, connect->to); /* its program has given up */
        return;
    }
    request->state = GRANTED;
    request->port = connect->to;
    qrexec_put_port(body, connect->to);
    if (!qrexec_channel_send_raw(request->channel, body, sizeof(body)))
        drop_request(agent, request);
}

static bool obey(struct agent *agent, const struct qrexec_message *message)
{
    char id[QREXEC_REQUEST_ID_SIZE];
    struct qrexec_connect connect;
    struct qrexec_exec exec;
    struct request *request;

    switch (message->header.type) {
    case QREXEC_EXEC_CMDLINE:
    case QREXEC_JUST_EXEC:
        if (!qrexec_get_exec(message->body, message->header.size, &exec))
            return false;
        start_session(agent, &exec, message->header.type == QREXEC_EXEC_CMDLINE);
        return true;
    case QREXEC_SERVICE_CONNECT:
        if (!qrexec_get_connect(message->body, message->header.size, &connect))
            return false;
        grant(agent, &connect);
        return true;
    case QREXEC_SERVICE_REFUSED:
        if (!qrexec_get_refused(message->body, message->header.size, id))
            return false;
        request = find_request(agent, id);
        if (request != NULL)
            drop_request(agent, request);
        return true;
    default:
        return false;
    }
}

/* What it was asked before means nothing to the next daemon. */
static void forget_ports(struct agent *agent)
{
    for (size_t i = 0; i < SESSIONS_MOST; i++)
        agent->sessions[i].to.port = 0;
    for (size_t i = 0; i < REQUESTS_MOST; i++)
        agent->requests[i].port.port = 0;
}

static void lose_daemon(struct agent *agent, const char *why)
{
    say("the daemon's connection ended%s%s", why != NULL ? ": " : "", why != NULL ? why : "");
    qrexec_channel_close(agent->control);
    agent->control = NULL;
    for (size_t i = 0; i < REQUESTS_MOST; i++)
        if (agent->requests[i].channel != NULL && agent->requests[i].state == ASKED)
            drop_request(agent, &agent->requests[i]);
    forget_ports(agent);
}

static void serve_daemon(struct agent *agent)
{
    struct qrexec_message message;
    int answer;

    if (agent->control == NULL || qrexec_channel_state(agent->control) == VCHAN_WAITING)
        return;
    if (!agent->hello_sent)
        agent->hello_sent = qrexec_channel_send_hello(agent->control);
    qrexec_channel_flush(agent->control);
    while ((answer = qrexec_channel_receive(agent->control, &message)) > 0) {
        bool good = true;
        if (!agent->hello_came) {
            good = agent->hello_came = qrexec_channel_take_hello(agent->control, &message);
            if (good)
                say("connected with the daemon");
        } else {
            good = obey(agent, &message);
        }
        if (!good) {
            const char *problem = qrexec_channel_problem(agent->control);
            lose_daemon(agent, problem != NULL ? problem : "it sent a message that cannot be understood");
            return;
        }
    }
    if (answer < 0)
        lose_daemon(agent, qrexec_channel_problem(agent->control));
}

/* ---- The loop ---- */

static void open_control(struct agent *agent)
{
    libvchan_t *vchan = libvchan_server_init(0, QREXEC_CONTROL_PORT, CONTROL_BUFFER, CONTROL_BUFFER);

    if (vchan == NULL) {
        if (agent->retry_control == 0)
            say("no channel to the admin domain yet (%s), trying on", os_error(errno));
        agent->retry_control = os_now() + RETRY_MS;
        return;
    }
    agent->retry_control = 0;
    agent->hello_sent = agent->hello_came = false;
    agent->control = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_DAEMON_TO_AGENT);
}

static void open_listener(struct agent *agent)
{
    agent->listener = vchan_local_listen(os_agent_endpoint(), VCHAN_ACCESS_USERS, false);
    if (agent->listener == NULL) {
        if (agent->retry_listener == 0)
            say("cannot listen at %s (%s), trying on", os_agent_endpoint(), os_error(errno));
        agent->retry_listener = os_now() + RETRY_MS;
        return;
    }
    agent->retry_listener = 0;
}

static void open_what_is_missing(struct agent *agent)
{
    if (agent->control == NULL && os_now() >= agent->retry_control)
        open_control(agent);
    if (agent->listener == NULL && os_now() >= agent->retry_listener)
        open_listener(agent);
}

/* How long to wait at most: until what is missing shall be tried again. */
static int patience(const struct agent *agent)
{
    unsigned long long next = agent->control == NULL ? agent->retry_control : agent->retry_listener;
    unsigned long long now = os_now();

    if (agent->control != NULL && agent->listener != NULL)
        return -1;
    return next > now ? (int)(next - now) : 0;
}

#define ITEMS_MOST (3 + SESSIONS_MOST + REQUESTS_MOST)

/* Waits until something happens; false when the agent has to stop. */
static bool await(struct agent *agent)
{
    static struct os_wait_item items[ITEMS_MOST];
    static struct qrexec_channel *channels[ITEMS_MOST];
    size_t count = 0;

    memset(channels, 0, sizeof(channels));
    items[count++] = (struct os_wait_item){.handle = os_event_handle(agent->stop)};
    if (agent->listener != NULL)
        items[count++] = (struct os_wait_item){.handle = agent->listener->ready};
    if (agent->control != NULL) {
        channels[count] = agent->control;
        items[count++] = qrexec_channel_item(agent->control);
    }
    for (size_t i = 0; i < REQUESTS_MOST; i++)
        if (agent->requests[i].channel != NULL) {
            channels[count] = agent->requests[i].channel;
            items[count++] = qrexec_channel_item(agent->requests[i].channel);
        }
    for (size_t i = 0; i < SESSIONS_MOST; i++)
        if (agent->sessions[i].process != NULL)
            items[count++] = (struct os_wait_item){.handle = os_process_handle(agent->sessions[i].process)};
    if (os_wait(items, count, patience(agent)) < 0 || items[0].fired)
        return false;
    for (size_t i = 0; i < count; i++)
        if (items[i].fired && channels[i] != NULL)
            qrexec_channel_fired(channels[i]);
    return true;
}

int qrexec_agent_run(void)
{
    struct agent *agent = calloc(1, sizeof(*agent));

    if (agent == NULL || (agent->stop = os_stop_event()) == NULL) {
        free(agent);
        return 1;
    }
    do {
        open_what_is_missing(agent);
        accept_requests(agent);
        serve_requests(agent);
        serve_daemon(agent);
        reap_sessions(agent);
    } while (await(agent));
    end_sessions(agent);
    for (size_t i = 0; i < REQUESTS_MOST; i++)
        if (agent->requests[i].channel != NULL)
            drop_request(agent, &agent->requests[i]);
    qrexec_channel_close(agent->control);
    if (agent->listener != NULL)
        agent->listener->close(agent->listener);
    free(agent);
    return 0;
}
