/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a call at which the service runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pump.h"
#include "qrexec/command.h"
#include "qrexec/session.h"

#define GREET_MS 60000 /* as long as a caller's program waits for us */
#define QUIET_MS 300   /* a service has ended; so long may its children that keep its streams be silent */

const char *const qrexec_session_environment[] = {"VCHAN_CONNECT_TIMEOUT=", NULL};

static void report(const char *what, const char *why)
{
    fprintf(stderr, "qrexec: %s: %s\n", what, why);
    fflush(stderr);
}

/* ---- Which program serves ---- */

struct service_place {
    char path[OS_PATH_SIZE];
    char line[OS_PATH_SIZE]; /* not "": the command line that the service's file names */
};

/* The file of a service: first one for this very argument, then the service's; best directory first. */
static bool find_service(const struct qrexec_command *command, struct service_place *place)
{
    const char *names[] = {command->service, command->name};
    char directories[OS_PATH_SIZE];

    if (!os_service_path(directories))
        return false;
    for (size_t i = 0; i < 2; i++) {
        for (char *directory = directories; directory != NULL && *directory != '\0';) {
            char *end = strchr(directory, OS_LIST_SEPARATOR);
            if (end != NULL)
                *end = '\0';
            if (os_find_service(directory, names[i], place->path, place->line))
                return true;
            if (end != NULL)
                *end++ = OS_LIST_SEPARATOR;
            directory = end;
        }
    }
    return false;
}

struct variables {
    char text[6][256];
    const char *list[7];
};

static void set(struct variables *to, size_t *count, const char *name, const char *value)
{
    snprintf(to->text[*count], sizeof(to->text[0]), "%s=%s", name, value);
    to->list[*count] = to->text[*count];
    (*count)++;
}

/* What a service may know about its call, under the names that Qubes gives it. */
static void describe(const struct qrexec_command *command, struct variables *to)
{
    size_t count = 0;

    memset(to, 0, sizeof(*to));
    set(to, &count, "QREXEC_REMOTE_DOMAIN", command->source);
    set(to, &count, "QREXEC_SERVICE_FULL_NAME", command->service);
    set(to, &count, "QREXEC_SERVICE_ARGUMENT", command->argument);
    if (command->target_type[0] == '\0')
        return;
    set(to, &count, "QREXEC_REQUESTED_TARGET_TYPE", command->target_type);
    set(to, &count, strcmp(command->target_type, "name") == 0 ? "QREXEC_REQUESTED_TARGET"
                                                              : "QREXEC_REQUESTED_TARGET_KEYWORD",
        command->target);
}

/* Starts what the command names. NULL with *code, the exit code that the caller gets. */
static struct os_process *start(const struct qrexec_command *command, bool streams,
                                struct os_stream *ends[3], int *code)
{
    enum os_stdio kind = streams ? OS_STDIO_PIPE : OS_STDIO_NOTHING;
    struct os_process_spec spec = {.user = command->user, .stdio = {kind, kind, kind}};
    struct service_place place;
    struct variables variables;
    char line[OS_PATH_SIZE + QREXEC_SERVICE_SIZE + 1], why[256] = "";
    const char *argv[] = {place.path, command->argument[0] != '\0' ? command->argument : NULL, NULL};

    *code = QREXEC_EXIT_NOT_FOUND;
    if (!command->is_service) {
        spec.line = command->line;
    } else if (!find_service(command, &place)) {
        report(command->service, "no such service");
        return NULL;
    } else {
        describe(command, &variables);
        spec.environment = variables.list;
        spec.argv = argv;
        if (place.line[0] != '\0') {
            snprintf(line, sizeof(line), "%s%s%s", place.line, argv[1] != NULL ? " " : "",
                     argv[1] != NULL ? argv[1] : "");
            spec.argv = NULL;
            spec.line = line;
        }
    }
    struct os_process *process = os_process_start(&spec, ends, why, sizeof(why));
    if (process == NULL) {
        *code = QREXEC_EXIT_PROBLEM;
        report(command->is_service ? command->service : "command", why);
    }
    return process;
}

/* ---- Carrying it out ---- */

/* Waits for the channel alone; false when this program has to stop. */
static bool await_channel(struct qrexec_channel *channel)
{
    struct os_wait_item items[] = {qrexec_channel_item(channel), {.handle = os_event_handle(os_stop_event())}};

    if (os_wait(items, 2, -1) < 0 || items[1].fired)
        return false;
    if (items[0].fired)
        qrexec_channel_fired(channel);
    return true;
}

/*
 * Tells the caller how it ended. The caller hangs up when it has read that; hanging up first would
 * lose what a slow caller has not read yet.
 */
static bool send_exit_code(struct pump *pump, int code)
{
    struct qrexec_channel *channel = pump->channel;
    struct qrexec_message ignored;
    uint8_t body[4];
    int answer;

    for (size_t i = 0; i < 2; i++)
        if (pump->sources[i].stream != NULL)
            qrexec_channel_send(channel, pump->sources[i].type, NULL, 0);
    qrexec_put_u32(body, (uint32_t)code);
    if (!qrexec_channel_send(channel, QREXEC_DATA_EXIT_CODE, body, sizeof(body)))
        return false;
    while ((answer = qrexec_channel_receive(channel, &ignored)) >= 0) {
        bool sent = qrexec_channel_flush(channel);
        if (answer == 0 && !await_channel(channel))
            return sent;
    }
    return qrexec_channel_flush(channel);
}

/* Until the service ends (true and *code), or the caller or this program has to (false). */
static bool carry(struct pump *pump, struct os_process *process, int *code)
{
    struct os_event *stop = os_stop_event();

    for (;;) {
        if (pump_turn(pump))
            continue;
        if (pump->gone)
            return false;
        bool ended = os_process_ended(process, code);
        if (ended && pump_has_ended_sources(pump))
            return true;
        struct os_wait_item items[PUMP_ITEMS + 2];
        size_t count = pump_items(pump, items), stopping = count;
        items[count++] = (struct os_wait_item){.handle = os_event_handle(stop)};
        if (!ended)
            items[count++] = (struct os_wait_item){.handle = os_process_handle(process)};
        /* Silence means something only while the caller takes what there is. */
        bool listening = ended && qrexec_channel_room(pump->channel) > 0;
        int fired = os_wait(items, count, listening ? QUIET_MS : -1);
        if (fired < 0 || items[stopping].fired)
            return false;
        if (fired == 0 && listening)
            return true;
        if (items[0].fired)
            qrexec_channel_fired(pump->channel);
    }
}

static int serve_without_streams(const struct qrexec_command *command)
{
    struct os_event *stop = os_stop_event();
    struct os_stream *none[3] = {NULL};
    int code = 0;
    struct os_process *process = start(command, false, none, &code);

    if (process == NULL)
        return code;
    struct os_wait_item items[] = {{.handle = os_process_handle(process)}, {.handle = os_event_handle(stop)}};
    while (!os_process_ended(process, &code) && os_wait(items, 2, -1) >= 0 && !items[1].fired)
        ;
    os_process_close(process);
    return 0;
}

static int serve_with_streams(struct qrexec_channel *channel, const struct qrexec_command *command)
{
    struct os_stream *ends[3] = {NULL};
    int code = 0;
    struct os_process *process = start(command, true, ends, &code);
    struct pump pump = {
        .channel = channel,
        .sources = {{ends[OS_STDOUT], QREXEC_DATA_STDOUT}, {ends[OS_STDERR], QREXEC_DATA_STDERR}},
        .sinks = {{ends[OS_STDIN], QREXEC_DATA_STDIN}},
    };

    bool finished = process == NULL || carry(&pump, process, &code);
    if (!finished)
        os_process_end(process); /* nobody is left for whom it would run */
    bool told = finished && send_exit_code(&pump, code);
    pump_close_streams(&pump);
    os_process_close(process);
    return told ? 0 : QREXEC_EXIT_PROBLEM;
}

int qrexec_serve(struct qrexec_port to, const char *text, bool streams)
{
    struct os_event *stop = os_stop_event();
    struct qrexec_command command;

    if (stop == NULL || !qrexec_command_parse(text, &command)) {
        report("command line of the daemon", "not understood");
        return QREXEC_EXIT_PROBLEM;
    }
    if (!streams)
        return serve_without_streams(&command);
    libvchan_t *vchan = libvchan_client_init((int)to.domain, (int)to.port);
    struct qrexec_channel *channel = NULL;
    if (vchan != NULL)
        channel = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_TO_SERVICE);
    if (channel == NULL) {
        report("connecting to the caller", os_error(errno));
        return QREXEC_EXIT_PROBLEM;
    }
    int code = QREXEC_EXIT_PROBLEM;
    if (qrexec_channel_greet(channel, GREET_MS, stop))
        code = serve_with_streams(channel, &command);
    if (qrexec_channel_problem(channel) != NULL)
        report(command.is_service ? command.service : "command", qrexec_channel_problem(channel));
    qrexec_channel_close(channel);
    return code;
}

/* ---- As a process ---- */

bool qrexec_session_argv(const char *argv[8], struct qrexec_session_room *room, struct qrexec_port to,
                         const char *command, bool streams)
{
    if (!os_own_program(room->program))
        return false;
    snprintf(room->domain, sizeof(room->domain), "%u", (unsigned)to.domain);
    snprintf(room->port, sizeof(room->port), "%u", (unsigned)to.port);
    const char *all[8] = {room->program, "--session", streams ? "exec" : "just",
                          room->domain, room->port, command, NULL};
    memcpy(argv, all, sizeof(all));
    return true;
}

bool qrexec_is_session(int argc, char **argv)
{
    return argc > 1 && strcmp(argv[1], "--session") == 0;
}

int qrexec_session_main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    struct qrexec_port to = {(uint32_t)strtoul(argv[3], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10)};

    return qrexec_serve(to, argv[5], strcmp(argv[2], "exec") == 0);
}
