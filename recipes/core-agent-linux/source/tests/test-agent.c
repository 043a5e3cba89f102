/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real qrexec-agent and qrexec-client-vm as domain 5, over Unix sockets. This program plays the
 * daemon and the other end of each call, as domain 0: test-agent BUILD.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "qrexec/channel.h"
#include "qrexec/session.h"

#define AGENT 5
#define LONG_MS 20000
#define BULK (8u << 20)

static char dir[] = "/tmp/qrexec-agent-XXXXXX";
static const char *build;
static char user[64];
static pid_t agent;
static struct qrexec_channel *control;
static unsigned next_port = 513;

/* ---- Small tools ---- */

static const char *in_dir(const char *name)
{
    static char path[4][200];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
    return path[turn];
}

static void write_service(const char *name, const char *script)
{
    char path[250];
    snprintf(path, sizeof(path), "%s/rpc/%s", dir, name);
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL && fprintf(file, "#!/bin/sh\n%s\n", script) > 0 && fclose(file) == 0);
    EXPECT(chmod(path, 0755) == 0);
}

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

static pid_t spawn(const char *program, const char *const *argv, int input, int output)
{
    pid_t pid = fork();

    EXPECT(pid >= 0);
    if (pid == 0) {
        setenv("VCHAN_DOMAIN", "5", 1);
        if (input >= 0)
            dup2(input, 0);
        if (output >= 0)
            dup2(output, 1);
        execv(program, (char *const *)argv);
        _exit(99);
    }
    return pid;
}

static int exit_code_of(pid_t pid)
{
    int status;

    EXPECT(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void start_agent(void)
{
    char program[300];
    const char *argv[] = {program, NULL};

    snprintf(program, sizeof(program), "%s/qrexec-agent", build);
    agent = spawn(program, argv, -1, -1);
}

static void connect_control(void)
{
    libvchan_t *vchan = libvchan_client_init(AGENT, QREXEC_CONTROL_PORT);

    EXPECT(vchan != NULL);
    control = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_AGENT_TO_DAEMON);
    EXPECT(qrexec_channel_greet(control, LONG_MS, NULL));
}

/* ---- Calls that the agent serves ---- */

static void send_exec(uint32_t type, unsigned port, const char *what)
{
    uint8_t body[QREXEC_COMMAND_MOST + 128];
    struct qrexec_exec exec = {{0, port}, ""};

    snprintf(exec.command, sizeof(exec.command), "%s:%s", user, what);
    size_t size = qrexec_put_exec(body, &exec);
    EXPECT(size > 0 && qrexec_channel_send(control, type, body, size));
    EXPECT(qrexec_channel_flush(control));
}

static struct qrexec_channel *begin(const char *what)
{
    libvchan_t *vchan = libvchan_server_init(AGENT, (int)++next_port, 65536, 65536);

    EXPECT(vchan != NULL);
    send_exec(QREXEC_EXEC_CMDLINE, next_port, what);
    struct qrexec_channel *call = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_TO_CALLER);
    EXPECT(qrexec_channel_greet(call, LONG_MS, NULL));
    return call;
}

static void expect_terminated(unsigned port)
{
    struct qrexec_message message = next_message(control);

    EXPECT(message.header.type == QREXEC_CONNECTION_TERMINATED);
    EXPECT(qrexec_get_port(message.body).domain == 0 && qrexec_get_port(message.body).port == port);
}

/* Processes end at once, but whoever adopted them may take a moment to collect them. */
static void expect_gone(pid_t group)
{
    unsigned long long end = os_now() + LONG_MS;

    while (kill(-group, 0) == 0) {
        EXPECT(os_now() < end);
        os_sleep(20);
    }
    EXPECT(errno == ESRCH);
}

struct outcome {
    char out[4096], err[4096];
    int code;
};

static void finish(struct qrexec_channel *call, struct outcome *outcome)
{
    size_t out = 0, err = 0;

    memset(outcome, 0, sizeof(*outcome));
    for (;;) {
        struct qrexec_message message = next_message(call);
        EXPECT(message.header.type != 0);
        if (message.header.type == QREXEC_DATA_EXIT_CODE) {
            outcome->code = (int)qrexec_get_u32(message.body);
            break;
        }
        char *to = message.header.type == QREXEC_DATA_STDOUT ? outcome->out : outcome->err;
        size_t *have = message.header.type == QREXEC_DATA_STDOUT ? &out : &err;
        EXPECT(*have + message.header.size < sizeof(outcome->out));
        memcpy(to + *have, message.body, message.header.size);
        *have += message.header.size;
    }
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

static void a_service_gets_its_input_and_gives_all_back(void)
{
    struct outcome outcome;

    write_service("test.Streams", "read line; echo \"out $line\"; echo \"err $1 $QREXEC_REMOTE_DOMAIN\" >&2\n"
                                  "echo \"$QREXEC_SERVICE_FULL_NAME $QREXEC_SERVICE_ARGUMENT\"; exit 42");
    struct qrexec_channel *call = begin("QUBESRPC test.Streams+arg-1 work");
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDIN, "hello\n", 6));
    finish(call, &outcome);
    EXPECT(strcmp(outcome.out, "out hello\ntest.Streams+arg-1 arg-1\n") == 0);
    EXPECT(strcmp(outcome.err, "err arg-1 work\n") == 0);
    EXPECT(outcome.code == 42);
}

static void the_file_for_the_argument_comes_first(void)
{
    struct outcome outcome;

    write_service("test.Which", "echo any");
    write_service("test.Which+special", "echo special");
    finish(begin("QUBESRPC test.Which+special work"), &outcome);
    EXPECT(strcmp(outcome.out, "special\n") == 0 && outcome.code == 0);
    finish(begin("QUBESRPC test.Which+other work"), &outcome);
    EXPECT(strcmp(outcome.out, "any\n") == 0 && outcome.code == 0);
}

static void what_cannot_run_says_so(void)
{
    struct outcome outcome;

    finish(begin("QUBESRPC test.Missing work"), &outcome);
    EXPECT(outcome.code == QREXEC_EXIT_NOT_FOUND && outcome.out[0] == '\0');
    EXPECT(mkdir(in_dir("rpc/test.Directory"), 0755) == 0);
    finish(begin("QUBESRPC test.Directory work"), &outcome);
    EXPECT(outcome.code == QREXEC_EXIT_NOT_FOUND);
    write_service("test.Unreadable", "exit 0");
    EXPECT(chmod(in_dir("rpc/test.Unreadable"), 0644) == 0);
    finish(begin("QUBESRPC test.Unreadable work"), &outcome);
    EXPECT(outcome.code == QREXEC_EXIT_NOT_FOUND);
}

static void the_admin_domain_may_run_any_command(void)
{
    struct outcome outcome;

    finish(begin("echo one; echo two >&2; kill -9 $$"), &outcome);
    EXPECT(strcmp(outcome.out, "one\n") == 0 && strcmp(outcome.err, "two\n") == 0);
    EXPECT(outcome.code == 128 + SIGKILL);
}

static void large_data_goes_both_ways_at_once(void)
{
    static uint8_t piece[30000];
    struct qrexec_channel *call = begin("cat");
    uint32_t sent = 0, received = 0;
    bool ended = false;

    for (;;) {
        size_t room = qrexec_channel_room(call);
        if (room > 0 && sent < BULK) {
            size_t size = room < sizeof(piece) ? room : sizeof(piece);
            if (size > BULK - sent)
                size = BULK - sent;
            for (size_t i = 0; i < size; i++)
                piece[i] = (uint8_t)((sent + i) * 2654435761u >> 24);
            EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDIN, piece, size));
            sent += (uint32_t)size;
        } else if (sent == BULK && !ended) {
            ended = true;
            EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDIN, NULL, 0));
        }
        struct qrexec_message message;
        int answer = qrexec_channel_receive(call, &message);
        EXPECT(answer >= 0);
        if (answer > 0 && message.header.type == QREXEC_DATA_EXIT_CODE)
            break;
        if (answer > 0 && message.header.type == QREXEC_DATA_STDOUT)
            for (size_t i = 0; i < message.header.size; i++, received++)
                EXPECT(message.body[i] == (uint8_t)(received * 2654435761u >> 24));
        if (answer == 0 && (qrexec_channel_room(call) == 0 || sent == BULK)) {
            struct os_wait_item item = qrexec_channel_item(call);
            EXPECT(os_wait(&item, 1, LONG_MS) > 0);
            qrexec_channel_fired(call);
        }
    }
    EXPECT(sent == BULK && received == BULK);
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

/* The last output must not be lost when the caller reads it long after the service has ended. */
static void a_slow_caller_loses_nothing(void)
{
    struct qrexec_channel *call = begin("head -c 400000 /dev/zero; exit 7");
    size_t received = 0;

    os_sleep(2500); /* longer than a closing channel waits for a reader that does not read */
    for (;;) {
        struct qrexec_message message = next_message(call);
        EXPECT(message.header.type != 0);
        if (message.header.type == QREXEC_DATA_EXIT_CODE) {
            EXPECT(qrexec_get_u32(message.body) == 7);
            break;
        }
        received += message.header.size;
    }
    EXPECT(received == 400000);
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

static void a_service_ends_with_its_caller(void)
{
    char command[300], text[32] = "";

    snprintf(command, sizeof(command), "echo $$ >%s/pid; echo up; sleep 1000 & sleep 1000", dir);
    struct qrexec_channel *call = begin(command);
    struct qrexec_message message = next_message(call);
    EXPECT(message.header.type == QREXEC_DATA_STDOUT);
    FILE *file = fopen(in_dir("pid"), "r");
    EXPECT(file != NULL && fgets(text, sizeof(text), file) != NULL && fclose(file) == 0);
    pid_t pid = atoi(text);
    EXPECT(pid > 1 && kill(-pid, 0) == 0);
    qrexec_channel_close(call);
    expect_terminated(next_port);
    expect_gone(pid); /* with its children */
}

static void a_child_left_behind_does_not_hold_the_call(void)
{
    struct outcome outcome;
    char command[300];

    snprintf(command, sizeof(command), "sleep 1000 & echo $! >%s/left; echo done; exit 5", dir);
    finish(begin(command), &outcome);
    EXPECT(strcmp(outcome.out, "done\n") == 0 && outcome.code == 5);
    char text[32] = "";
    FILE *file = fopen(in_dir("left"), "r");
    EXPECT(file != NULL && fgets(text, sizeof(text), file) != NULL && fclose(file) == 0);
    EXPECT(kill(atoi(text), SIGKILL) == 0); /* an application that a service started lives on */
}

static void a_command_may_run_without_streams(void)
{
    char command[300];

    snprintf(command, sizeof(command), "touch %s/just", dir);
    send_exec(QREXEC_JUST_EXEC, ++next_port, command);
    expect_terminated(next_port);
    EXPECT(access(in_dir("just"), F_OK) == 0);
}

static void a_caller_that_breaks_the_protocol_is_cut_off(void)
{
    char command[300];

    snprintf(command, sizeof(command), "cat; touch %s/ended", dir);
    struct qrexec_channel *call = begin(command);
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_EXIT_CODE, "abcd", 4));
    EXPECT(qrexec_channel_flush(call));
    struct qrexec_message message;
    while ((message = next_message(call)).header.type != 0)
        EXPECT(message.header.type != QREXEC_DATA_EXIT_CODE);
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

/* ---- Calls that programs of the domain make ---- */

struct client {
    pid_t pid;
    int in, out;
    struct qrexec_trigger trigger;
};

static void start_client(struct client *client, const char *const *more)
{
    char program[300];
    const char *argv[8] = {program, "vault", "test.Ask+x"};
    int in[2], out[2];

    snprintf(program, sizeof(program), "%s/qrexec-client-vm", build);
    for (size_t i = 0; more[i] != NULL; i++)
        argv[3 + i] = more[i];
    EXPECT(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    client->pid = spawn(program, argv, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    client->in = in[1];
    client->out = out[0];
    struct qrexec_message message = next_message(control);
    EXPECT(message.header.type == QREXEC_TRIGGER_SERVICE3);
    EXPECT(qrexec_get_trigger(message.body, message.header.size, &client->trigger));
    EXPECT(strcmp(client->trigger.target, "vault") == 0);
    EXPECT(strcmp(client->trigger.service, "test.Ask+x") == 0);
}

static struct qrexec_channel *grant(struct client *client)
{
    uint8_t body[QREXEC_COMMAND_MOST + 128];
    struct qrexec_connect connect = {{0, ++next_port}, ""};

    memcpy(connect.request_id, client->trigger.request_id, sizeof(connect.request_id));
    size_t size = qrexec_put_connect(body, &connect);
    EXPECT(qrexec_channel_send(control, QREXEC_SERVICE_CONNECT, body, size));
    EXPECT(qrexec_channel_flush(control));
    libvchan_t *vchan = libvchan_client_init(AGENT, (int)next_port);
    EXPECT(vchan != NULL);
    struct qrexec_channel *call = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_TO_SERVICE);
    EXPECT(qrexec_channel_greet(call, LONG_MS, NULL));
    return call;
}

static void end_client(struct client *client, int code)
{
    EXPECT(exit_code_of(client->pid) == code);
    close(client->in);
    close(client->out);
}

static void a_refused_request_ends_with_126(void)
{
    uint8_t body[QREXEC_COMMAND_MOST + 128];
    struct client client;

    start_client(&client, (const char *const[]){NULL});
    size_t size = qrexec_put_refused(body, client.trigger.request_id);
    EXPECT(qrexec_channel_send(control, QREXEC_SERVICE_REFUSED, body, size));
    end_client(&client, QREXEC_EXIT_REFUSED);
}

static void a_granted_request_carries_streams_and_code(void)
{
    struct client client;
    char text[100] = "";

    start_client(&client, (const char *const[]){NULL});
    struct qrexec_channel *call = grant(&client);
    EXPECT(write(client.in, "question", 8) == 8);
    struct qrexec_message message = next_message(call);
    EXPECT(message.header.type == QREXEC_DATA_STDIN && message.header.size == 8);
    EXPECT(memcmp(message.body, "question", 8) == 0);
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDOUT, "answer", 6));
    uint8_t code[4];
    qrexec_put_u32(code, 33);
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_EXIT_CODE, code, 4));
    EXPECT(read(client.out, text, sizeof(text)) == 6 && strcmp(text, "answer") == 0);
    end_client(&client, 33);
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

static void a_local_program_takes_part_in_the_call(void)
{
    struct client client;

    start_client(&client, (const char *const[]){"/bin/sh", "-c", "read a; echo got $a", NULL});
    struct qrexec_channel *call = grant(&client);
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDOUT, "word\n", 5));
    struct qrexec_message message = next_message(call);
    EXPECT(message.header.type == QREXEC_DATA_STDIN && message.header.size == 9);
    EXPECT(memcmp(message.body, "got word\n", 9) == 0);
    uint8_t code[4];
    qrexec_put_u32(code, 300); /* no exit code of a Linux program: must not become success */
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_EXIT_CODE, code, 4));
    EXPECT(qrexec_channel_flush(call));
    end_client(&client, 255);
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

static void a_service_that_vanishes_is_a_problem(void)
{
    struct client client;

    start_client(&client, (const char *const[]){NULL});
    struct qrexec_channel *call = grant(&client);
    EXPECT(qrexec_channel_send(call, QREXEC_DATA_STDOUT, "half", 4));
    EXPECT(qrexec_channel_flush(call));
    qrexec_channel_close(call);
    end_client(&client, QREXEC_EXIT_PROBLEM);
    expect_terminated(next_port);
}

static void a_caller_that_is_killed_frees_its_port(void)
{
    struct client client;

    start_client(&client, (const char *const[]){NULL});
    struct qrexec_channel *call = grant(&client);
    EXPECT(kill(client.pid, SIGKILL) == 0);
    end_client(&client, -SIGKILL);
    EXPECT(next_message(call).header.type == 0);
    qrexec_channel_close(call);
    expect_terminated(next_port);
}

static void bad_names_never_leave_the_domain(void)
{
    char program[300];
    const char *argv[] = {program, "vault", "../etc/passwd", NULL};

    snprintf(program, sizeof(program), "%s/qrexec-client-vm", build);
    EXPECT(exit_code_of(spawn(program, argv, -1, -1)) == QREXEC_EXIT_PROBLEM);
    argv[1] = "a b";
    argv[2] = "test.Ask";
    EXPECT(exit_code_of(spawn(program, argv, -1, -1)) == QREXEC_EXIT_REFUSED);
    argv[1] = NULL;
    EXPECT(exit_code_of(spawn(program, argv, -1, -1)) == 2);
}

/* ---- The control connection ---- */

static void a_daemon_that_breaks_the_protocol_is_cut_off_and_may_come_back(void)
{
    uint8_t body[8] = {0};

    EXPECT(qrexec_channel_send(control, QREXEC_CONNECTION_TERMINATED, body, 8));
    EXPECT(qrexec_channel_flush(control));
    EXPECT(next_message(control).header.type == 0);
    qrexec_channel_close(control);
    connect_control();

    qrexec_put_u32(body, 0x10000);
    EXPECT(qrexec_channel_send(control, QREXEC_EXEC_CMDLINE, body, 8));
    EXPECT(next_message(control).header.type == 0);
    qrexec_channel_close(control);

    libvchan_t *vchan = libvchan_client_init(AGENT, QREXEC_CONTROL_PORT);
    EXPECT(vchan != NULL);
    control = qrexec_channel_open(qrexec_carrier_of_vchan(vchan), QREXEC_AGENT_TO_DAEMON);
    qrexec_put_u32(body, 2);
    EXPECT(qrexec_channel_send(control, QREXEC_HELLO, body, 4));
    while (next_message(control).header.type != 0)
        ;
    qrexec_channel_close(control);
    connect_control();
    a_command_may_run_without_streams();
}

static void without_a_daemon_requests_are_refused(void)
{
    char program[300];
    const char *argv[] = {program, "vault", "test.Ask", NULL};

    snprintf(program, sizeof(program), "%s/qrexec-client-vm", build);
    qrexec_channel_close(control);
    os_sleep(300);
    EXPECT(exit_code_of(spawn(program, argv, -1, -1)) == QREXEC_EXIT_REFUSED);
    connect_control();
}

static void a_stopped_agent_ends_what_it_serves(void)
{
    char command[300], text[32] = "";

    snprintf(command, sizeof(command), "echo $$ >%s/pid; echo up; sleep 1000", dir);
    struct qrexec_channel *call = begin(command);
    EXPECT(next_message(call).header.type == QREXEC_DATA_STDOUT);
    FILE *file = fopen(in_dir("pid"), "r");
    EXPECT(file != NULL && fgets(text, sizeof(text), file) != NULL && fclose(file) == 0);
    EXPECT(kill(agent, SIGTERM) == 0);
    EXPECT(exit_code_of(agent) == 0);
    expect_gone(atoi(text));
    qrexec_channel_close(call);
    qrexec_channel_close(control);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 2);
    build = argv[1];
    const struct passwd *self = getpwuid(geteuid());
    EXPECT(self != NULL && mkdtemp(dir) != NULL && mkdir(in_dir("rpc"), 0755) == 0);
    snprintf(user, sizeof(user), "%s", self->pw_name);
    setenv("VCHAN_SOCKET_DIR", dir, 1);
    setenv("QREXEC_SERVICE_PATH", in_dir("rpc"), 1);
    setenv("QREXEC_AGENT_ENDPOINT", in_dir("agent"), 1);
    EXPECT(os_stop_event() != NULL);

    start_agent();
    connect_control();
    a_service_gets_its_input_and_gives_all_back();
    the_file_for_the_argument_comes_first();
    what_cannot_run_says_so();
    the_admin_domain_may_run_any_command();
    large_data_goes_both_ways_at_once();
    a_slow_caller_loses_nothing();
    a_service_ends_with_its_caller();
    a_child_left_behind_does_not_hold_the_call();
    a_command_may_run_without_streams();
    a_caller_that_breaks_the_protocol_is_cut_off();
    a_refused_request_ends_with_126();
    a_granted_request_carries_streams_and_code();
    a_local_program_takes_part_in_the_call();
    a_service_that_vanishes_is_a_problem();
    a_caller_that_is_killed_frees_its_port();
    bad_names_never_leave_the_domain();
    a_daemon_that_breaks_the_protocol_is_cut_off_and_may_come_back();
    without_a_daemon_requests_are_refused();
    a_stopped_agent_ends_what_it_serves();

    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    EXPECT(system(command) == 0);
    puts("test-agent: good");
    return 0;
}
