/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a call: policy decides; perhaps a person is asked (ASKING, process: the program that
 * asks) and the target started (STARTING, process: the start); then its data is carried (RUNNING,
 * process: relay or session, none when the domains are connected directly); a disposable is then
 * stopped (CLEANING, process: the stop).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"

#define ASK_MS 120000
#define START_MS 300000 /* core-admin gives a driver as long */
#define AGENT_MS 120000 /* from a domain's start to its agent's first word */
#define LINGER_MS 5000  /* for a process to pass on what came before a domain was gone */

static const char *source_name(const struct call *call)
{
    return call->source != NULL ? call->source->name : QUBES_ADMIN_DOMAIN;
}

static bool caller_is_there(const struct call *call)
{
    if (call->source != NULL)
        return link_is_ready(call->source) && call->source_generation == call->source->generation;
    return call->local != NULL;
}

static void end_process(struct call *call)
{
    if (call->process != NULL && !os_process_ended(call->process, NULL))
        os_process_end(call->process);
    os_process_close(call->process);
    call->process = NULL;
    os_stream_close(call->answer);
    call->answer = NULL;
}

static void clear(struct call *call)
{
    end_process(call);
    disconnect_call(call);
    if (call->local != NULL)
        local_close(call->local);
    if (call->decision != NULL)
        qubes_decision_clear(call->decision);
    free(call->decision);
    memset(call, 0, sizeof(*call));
}

/* The caller has its answer, or is gone: what is left is to take a disposable away. */
static void finish(struct call *call)
{
    const char *arguments[] = {"--stop", call->target, NULL};

    if (!call->disposable || call->state == CALL_CLEANING) {
        clear(call);
        return;
    }
    end_process(call);
    disconnect_call(call);
    if (call->local != NULL)
        local_close(call->local);
    call->local = NULL;
    call->state = CALL_CLEANING;
    call->process = task_start(arguments, NULL);
    if (call->process == NULL)
        clear(call);
}

void calls_refuse_request(struct link *source, const char *request_id)
{
    uint8_t body[QREXEC_REQUEST_ID_SIZE];
    size_t size = qrexec_put_refused(body, request_id);

    if (size > 0 && link_is_ready(source))
        qrexec_channel_send(source->channel, QREXEC_SERVICE_REFUSED, body, size);
}

static void refuse(struct call *call, const char *why)
{
    say_about(call->source, "%s -> %s: %s: refused: %s", source_name(call),
              call->requested[0] != '\0' ? call->requested : "@default", call->service, why);
    if (call->source != NULL && caller_is_there(call))
        calls_refuse_request(call->source, call->request_id);
    finish(call);
}

/* ---- The target ---- */

static void run(struct daemon *daemon, struct call *call)
{
    const char *why;

    end_process(call);
    call->state = CALL_RUNNING;
    call->deadline = 0;
    if (connect_call(daemon, call, &why))
        say_about(call->source, "%s -> %s: %s: connected", source_name(call), call->target, call->service);
    else
        refuse(call, why);
}

static bool is_running(struct daemon *daemon, const char *name)
{
    qubes_domain domain;

    return qubes_domain_load(&daemon->paths, name, &domain, NULL) == QUBES_OK && domain.state == QUBES_STATE_RUNNING;
}

static void start(struct daemon *daemon, struct call *call)
{
    const char *arguments[] = {"--start", call->target, NULL};

    call->state = CALL_STARTING;
    call->deadline = os_now() + START_MS;
    if (is_running(daemon, call->target)) {
        call->deadline = os_now() + AGENT_MS; /* its agent will be there soon */
    } else if (!call->decision->autostart) {
        refuse(call, "the target does not run, and policy does not start it");
    } else if ((call->process = task_start(arguments, NULL)) == NULL) {
        refuse(call, "the start of the target cannot be begun");
    }
}

static bool make_disposable(struct daemon *daemon, struct call *call)
{
    qubes_domain made;
    qubes_error error;

    if (qubes_domain_create_disposable(&daemon->paths, call->target + strlen("@dispvm:"), &made, &error) != QUBES_OK) {
        refuse(call, error.text);
        return false;
    }
    snprintf(call->target, sizeof(call->target), "%s", made.name);
    call->disposable = true;
    links_refresh(daemon);
    return true;
}

/* Policy has named the target in call->target: make it ready, then connect. */
static void reach_target(struct daemon *daemon, struct call *call)
{
    end_process(call);
    if (strcmp(call->target, "@adminvm") == 0 || strcmp(call->target, QUBES_ADMIN_DOMAIN) == 0) {
        if (call->source == NULL)
            refuse(call, "the admin domain does not call itself");
        else
            run(daemon, call);
        return;
    }
    if (strncmp(call->target, "@dispvm:", strlen("@dispvm:")) == 0 && !make_disposable(daemon, call))
        return;
    call->target_link = links_find(daemon, call->target);
    if (call->target_link == NULL) {
        links_refresh(daemon); /* it may be new */
        call->target_link = links_find(daemon, call->target);
    }
    if (call->target_link == NULL)
        refuse(call, "there is no such domain");
    else if (link_is_ready(call->target_link))
        run(daemon, call);
    else
        start(daemon, call);
}

/* ---- Policy ---- */

static void ask(struct daemon *daemon, struct call *call)
{
    const qubes_decision *decision = call->decision;
    const char **argv = calloc(decision->target_count + 5, sizeof(*argv));
    struct os_process_spec spec = {
        .argv = argv,
        .user = daemon->options->ask_user,
        .stdio = {OS_STDIO_NOTHING, OS_STDIO_PIPE, OS_STDIO_INHERIT},
    };
    struct os_stream *ends[3] = {NULL};
    char why[256] = "no memory";

    if (argv != NULL && daemon->options->ask_program != NULL) {
        argv[0] = daemon->options->ask_program;
        argv[1] = source_name(call);
        argv[2] = call->service;
        argv[3] = decision->default_target;
        for (size_t i = 0; i < decision->target_count; i++)
            argv[4 + i] = decision->targets[i];
        call->process = os_process_start(&spec, ends, why, sizeof(why));
    }
    free(argv);
    call->answer = ends[OS_STDOUT];
    call->state = CALL_ASKING;
    call->deadline = os_now() + ASK_MS;
    if (daemon->options->ask_program == NULL)
        refuse(call, "policy wants a person to be asked, and no program that asks is installed");
    else if (call->process == NULL)
        refuse(call, why);
}

/* Reads what the person chose; once the program has ended, whether that is one of the offers. */
static void listen_to_answer(struct daemon *daemon, struct call *call)
{
    int count = 0, code = 1;

    while (call->answer != NULL && call->chosen_size < sizeof(call->chosen) - 1 &&
           (count = os_stream_read(call->answer, call->chosen + call->chosen_size,
                                   sizeof(call->chosen) - 1 - call->chosen_size)) > 0)
        call->chosen_size += (size_t)count;
    if (count < 0) {
        os_stream_close(call->answer);
        call->answer = NULL;
    }
    if (!os_process_ended(call->process, &code) || (call->answer != NULL && code == 0)) {
        if (os_now() >= call->deadline)
            refuse(call, "nobody answered");
        return;
    }
    call->chosen[call->chosen_size] = '\0';
    call->chosen[strcspn(call->chosen, "\r\n")] = '\0';
    for (size_t i = 0; i < call->decision->target_count && code == 0; i++)
        if (strcmp(call->chosen, call->decision->targets[i]) == 0) {
            snprintf(call->target, sizeof(call->target), "%s", call->chosen);
            reach_target(daemon, call);
            return;
        }
    refuse(call, "denied by the person who was asked");
}

static void decide(struct daemon *daemon, struct call *call)
{
    qubes_call question = {call->service, source_name(call), call->requested};
    qubes_error error;
    char why[QUBES_POLICY_REASON_MAX + QUBES_PATH_MAX + 32];

    call->decision = calloc(1, sizeof(*call->decision));
    if (call->decision == NULL) {
        refuse(call, "no memory");
        return;
    }
    qubes_policy_decide(&daemon->paths, &question, call->decision, &error);
    switch (call->decision->action) {
    case QUBES_ALLOW:
        snprintf(call->target, sizeof(call->target), "%s", call->decision->target);
        reach_target(daemon, call);
        return;
    case QUBES_ASK:
        ask(daemon, call);
        return;
    default:
        snprintf(why, sizeof(why), "%s", call->decision->reason);
        if (call->decision->file[0] != '\0')
            snprintf(why, sizeof(why), "%s (%s:%u)", call->decision->reason, call->decision->file,
                     call->decision->line);
        refuse(call, why);
    }
}

void calls_begin(struct daemon *daemon, struct link *source, struct local *local,
                 const struct qrexec_trigger *trigger)
{
    struct call *call = NULL;
    size_t same = 0;

    for (size_t i = 0; i < CALLS_MOST; i++) {
        if (daemon->calls[i].state == CALL_FREE)
            call = call != NULL ? call : &daemon->calls[i];
        else if (daemon->calls[i].source == source)
            same++;
    }
    if (call == NULL || same >= CALLS_OF_ONE) {
        say_about(source, "%s: too many calls at the same time", source != NULL ? source->name : QUBES_ADMIN_DOMAIN);
        if (source != NULL)
            calls_refuse_request(source, trigger->request_id);
        else
            local_close(local);
        return;
    }
    memset(call, 0, sizeof(*call));
    call->state = CALL_STARTING;
    call->source = source;
    call->source_generation = source != NULL ? source->generation : 0;
    call->local = local;
    if (local != NULL)
        local->call = call;
    memcpy(call->request_id, trigger->request_id, sizeof(call->request_id));
    memcpy(call->service, trigger->service, sizeof(call->service));
    memcpy(call->requested, trigger->target, sizeof(call->requested));
    decide(daemon, call);
}

/* ---- As time goes on ---- */

static void watch_start(struct daemon *daemon, struct call *call)
{
    int code;

    if (call->process != NULL && os_process_ended(call->process, &code)) {
        end_process(call);
        if (code != 0) {
            refuse(call, "the target does not start");
            return;
        }
        call->deadline = os_now() + AGENT_MS;
        link_hurry(call->target_link);
    }
    if (!call->target_link->listed || strcmp(call->target_link->name, call->target) != 0)
        refuse(call, "the target was removed");
    else if (link_is_ready(call->target_link))
        run(daemon, call);
    else if (os_now() >= call->deadline)
        refuse(call, "the target's agent does not answer");
}

static bool target_is_there(const struct call *call)
{
    return link_is_ready(call->target_link) && call->target_generation == call->target_link->generation;
}

/* A process that carries or serves a call learns of its end from the channel, unless a machine was destroyed. */
static bool is_process_over(struct call *call)
{
    bool lonely = (call->source != NULL && !caller_is_there(call) && !call->source->ran) ||
                  (call->target_link != NULL && !target_is_there(call) && !call->target_link->ran);

    if (os_process_ended(call->process, NULL))
        return true;
    if (lonely && call->deadline == 0)
        call->deadline = os_now() + LINGER_MS;
    return lonely && os_now() >= call->deadline;
}

static void watch_run(struct call *call)
{
    bool over;

    if (call->process != NULL)
        over = is_process_over(call);
    else /* connected directly: until an agent says so, or one of both is gone */
        over = call->target_port == 0 || !caller_is_there(call) || !target_is_there(call);
    if (over)
        finish(call);
}

void calls_turn(struct daemon *daemon)
{
    for (size_t i = 0; i < CALLS_MOST; i++) {
        struct call *call = &daemon->calls[i];
        switch (call->state) {
        case CALL_FREE:
            break;
        case CALL_ASKING:
            if (caller_is_there(call))
                listen_to_answer(daemon, call);
            else
                finish(call);
            break;
        case CALL_STARTING:
            if (caller_is_there(call))
                watch_start(daemon, call);
            else
                finish(call); /* the domain may well go on starting */
            break;
        case CALL_RUNNING:
            watch_run(call);
            break;
        case CALL_CLEANING:
            if (os_process_ended(call->process, NULL))
                clear(call);
            break;
        }
    }
}

void calls_terminated(struct daemon *daemon, struct link *link, struct qrexec_port port)
{
    for (size_t i = 0; i < CALLS_MOST; i++) {
        struct call *call = &daemon->calls[i];
        if (call->state != CALL_RUNNING || call->process != NULL || call->target_port != port.port)
            continue;
        /* Directly connected: each of the two names the other's domain. */
        if ((call->target_link == link && call->source->id == port.domain) ||
            (call->source == link && call->target_link->id == port.domain))
            finish(call);
    }
}

void calls_local_gone(struct daemon *daemon, struct local *local)
{
    for (size_t i = 0; i < CALLS_MOST; i++)
        if (daemon->calls[i].state != CALL_FREE && daemon->calls[i].local == local)
            daemon->calls[i].local = NULL; /* the relay ends by itself, the rest at the next turn */
}

void calls_end(struct daemon *daemon)
{
    for (size_t i = 0; i < CALLS_MOST; i++)
        if (daemon->calls[i].state != CALL_FREE)
            clear(&daemon->calls[i]);
}
