/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting the two ends of a call: ports, messages to the agents, and who carries the data. */
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "qrexec/command.h"
#include "qrexec/session.h"

static const char *source_name(const struct call *call)
{
    return call->source != NULL ? call->source->name : QUBES_ADMIN_DOMAIN;
}

static bool send_connect(struct call *call, uint32_t domain, unsigned port)
{
    uint8_t body[QREXEC_COMMAND_MOST + 128];
    struct qrexec_connect connect = {{domain, port}, ""};

    memcpy(connect.request_id, call->request_id, sizeof(connect.request_id));
    size_t size = qrexec_put_connect(body, &connect);
    return size > 0 && qrexec_channel_send(call->source->channel, QREXEC_SERVICE_CONNECT, body, size);
}

static bool send_exec(struct call *call, uint32_t domain, unsigned port)
{
    static struct qrexec_exec exec; /* 8 KiB */
    uint8_t body[QREXEC_COMMAND_MOST + 128];
    const char *user = call->decision->user[0] != '\0' ? call->decision->user : call->target_link->user;

    exec.to = (struct qrexec_port){domain, port};
    if (!qrexec_command_write(exec.command, user, call->service, source_name(call), NULL, NULL))
        return false;
    size_t size = qrexec_put_exec(body, &exec);
    return size > 0 && qrexec_channel_send(call->target_link->channel, QREXEC_EXEC_CMDLINE, body, size);
}

/* Numbers as arguments of a task. */
struct numbers {
    char text[4][16];
};

static const char *number(struct numbers *to, size_t place, uint32_t value)
{
    snprintf(to->text[place], sizeof(to->text[place]), "%u", (unsigned)value);
    return to->text[place];
}

/* Both domains reach each other: the daemon only tells them where. */
static bool connect_directly(struct call *call, const char **why)
{
    *why = "an agent does not take messages";
    return send_connect(call, call->target_link->id, call->target_port) &&
           send_exec(call, call->source->id, call->target_port);
}

static bool connect_by_relay(struct call *call, const char **why)
{
    struct numbers numbers;
    const char *arguments[] = {"--relay", number(&numbers, 0, call->source->id), number(&numbers, 1, call->source_port),
                               number(&numbers, 2, call->target_link->id), number(&numbers, 3, call->target_port),
                               NULL};

    *why = "the relay does not start";
    call->process = task_start(arguments, NULL);
    if (call->process == NULL)
        return false;
    *why = "an agent does not take messages";
    return send_connect(call, 0, call->source_port) && send_exec(call, 0, call->target_port);
}

static bool connect_local(struct call *call, const char **why)
{
    struct numbers numbers;
    const char *arguments[] = {"--relay-local", number(&numbers, 0, call->target_link->id),
                               number(&numbers, 1, call->target_port), NULL};
    uint8_t ticket[QREXEC_PORT_SIZE];
    char variable[64];

    *why = "the system has no random bytes";
    if (!os_random(ticket, sizeof(ticket)))
        return false;
    /* Not as an argument: those every user of the machine can read. */
    snprintf(variable, sizeof(variable), "QREXEC_TICKET=%08x%08x", (unsigned)qrexec_get_u32(ticket),
             (unsigned)qrexec_get_u32(ticket + 4));
    *why = "the relay does not start";
    call->process = task_start(arguments, variable);
    if (call->process == NULL)
        return false;
    local_answer(call->local, ticket);
    *why = "the agent does not take messages";
    return send_exec(call, 0, call->target_port);
}

/* The admin domain serves the call itself; its services learn what the caller named as target. */
static bool connect_to_admin(struct call *call, const char **why)
{
    static char command[QREXEC_COMMAND_MOST];
    struct numbers numbers;
    char user[QREXEC_USER_SIZE];
    bool keyword = call->requested[0] == '@' || call->requested[0] == '\0';
    const char *target = call->requested[0] == '\0' ? "default" : call->requested + (keyword ? 1 : 0);
    const char *arguments[] = {"--session", "exec", number(&numbers, 0, call->source->id),
                               number(&numbers, 1, call->source_port), command, NULL};

    *why = "no user to run the service";
    if (call->decision->user[0] != '\0')
        snprintf(user, sizeof(user), "%s", call->decision->user);
    else if (!os_admin_user(user, sizeof(user)))
        return false;
    *why = "the command line is too long";
    if (!qrexec_command_write(command, user, call->service, source_name(call), keyword ? "keyword" : "name", target))
        return false;
    *why = "the session does not start";
    call->process = task_start(arguments, NULL);
    if (call->process == NULL)
        return false;
    *why = "the agent does not take messages";
    return send_connect(call, 0, call->source_port);
}

bool connect_call(struct daemon *daemon, struct call *call, const char **why)
{
    bool direct = daemon->options->direct && call->source != NULL && call->target_link != NULL;

    *why = "too many calls at the same time";
    if (call->target_link != NULL && (call->target_port = link_take_port(call->target_link)) == 0)
        return false;
    if (call->source != NULL && !direct && (call->source_port = link_take_port(call->source)) == 0)
        return false;
    if (call->target_link != NULL)
        call->target_generation = call->target_link->generation;
    if (direct)
        return connect_directly(call, why);
    if (call->target_link == NULL)
        return connect_to_admin(call, why);
    return call->source != NULL ? connect_by_relay(call, why) : connect_local(call, why);
}

void disconnect_call(struct call *call)
{
    /* A link that was lost meanwhile has given back all of its ports already. */
    if (call->source_port != 0 && call->source_generation == call->source->generation)
        link_free_port(call->source, call->source_port);
    if (call->target_port != 0 && call->target_generation == call->target_link->generation)
        link_free_port(call->target_link, call->target_port);
    call->source_port = call->target_port = 0;
}
