/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections with the agents of all running domains. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"

#define REFRESH_MS 2000
#define PAUSE_FIRST_MS 250 /* between attempts to reach a domain that may be starting … */
#define PAUSE_MOST_MS 4000 /* … and one that has long been off */
#define GREET_MS 30000
#define MESSAGES_A_TURN 16 /* of one domain, so that none keeps the loop to itself */
#define LINES_A_SECOND 20  /* about one domain, so that none fills the disk */

/* Connecting may block for seconds (Hyper-V), so it is done in a thread of its own. */
struct attempt {
    int domain;
    libvchan_t *vchan;
    struct os_event *wake;
    atomic_bool done;
};

static void run_attempt(void *context)
{
    struct attempt *attempt = context;
    struct os_event *wake = attempt->wake;

    attempt->vchan = libvchan_client_init(attempt->domain, QREXEC_CONTROL_PORT);
    atomic_store(&attempt->done, true); /* from here on the attempt is the loop's */
    os_event_set(wake);
}

static void begin_attempt(struct daemon *daemon, struct link *link)
{
    struct attempt *attempt = calloc(1, sizeof(*attempt));

    link->pause = link->pause == 0 ? PAUSE_FIRST_MS : link->pause * 2;
    if (link->pause > PAUSE_MOST_MS)
        link->pause = PAUSE_MOST_MS;
    link->retry_at = os_now() + link->pause;
    if (attempt == NULL)
        return;
    attempt->domain = (int)link->id;
    attempt->wake = daemon->wake;
    if (os_in_background(run_attempt, attempt))
        link->attempt = attempt;
    else
        free(attempt);
}

static void harvest_attempt(struct link *link)
{
    struct attempt *attempt = link->attempt;

    if (attempt == NULL || !atomic_load(&attempt->done))
        return;
    link->attempt = NULL;
    if (attempt->vchan != NULL) {
        link->channel = qrexec_channel_open(qrexec_carrier_of_vchan(attempt->vchan), QREXEC_AGENT_TO_DAEMON);
        link->hello_sent = link->hello_came = false;
        link->retry_at = os_now() + GREET_MS;
    }
    free(attempt);
}

bool link_is_ready(const struct link *link)
{
    return link->channel != NULL && link->hello_sent && link->hello_came;
}

void link_hurry(struct link *link)
{
    link->pause = 0;
    if (link->channel == NULL)
        link->retry_at = 0;
}

/* Closing waits for a peer that reads slowly, which is no reason for everybody to wait. */
static void close_channel(void *channel)
{
    qrexec_channel_close(channel);
}

void say_about(struct link *link, const char *format, ...)
{
    char text[1500];
    va_list arguments;

    if (link != NULL) {
        unsigned long long second = os_now() / 1000;
        if (second != link->lines_since) {
            if (link->lines_kept_back > 0)
                say("%s: %u more lines like those were kept back", link->name, link->lines_kept_back);
            link->lines_said = link->lines_kept_back = 0;
            link->lines_since = second;
        }
        if (link->lines_said++ >= LINES_A_SECOND) {
            link->lines_kept_back++;
            return;
        }
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    say("%s", text);
}

void link_lose(struct link *link, const char *why)
{
    if (link->hello_came || why != NULL)
        say_about(link, "%s: the agent's connection ended%s%s", link->name, why != NULL ? ": " : "", why != NULL ? why : "");
    if (!os_in_background(close_channel, link->channel))
        qrexec_channel_close(link->channel);
    link->channel = NULL;
    link->hello_sent = link->hello_came = false;
    link->generation++;
    memset(link->port_used, 0, sizeof(link->port_used));
    link->pause = 0;
    link->retry_at = os_now() + PAUSE_FIRST_MS;
}

unsigned link_take_port(struct link *link)
{
    /* In turn, so that a port rests before it is used again. */
    for (unsigned i = 0; i < PORT_COUNT; i++) {
        unsigned place = (link->port_next + i) % PORT_COUNT;
        if (link->port_used[place])
            continue;
        link->port_used[place] = true;
        link->port_next = place + 1;
        return PORT_FIRST + place;
    }
    return 0;
}

void link_free_port(struct link *link, unsigned port)
{
    if (port >= PORT_FIRST && port <= PORT_LAST)
        link->port_used[port - PORT_FIRST] = false;
}

/* One message of an agent; false when it breaks the protocol. */
static bool obey(struct daemon *daemon, struct link *link, const struct qrexec_message *message)
{
    char request_id[QREXEC_REQUEST_ID_SIZE];
    struct qrexec_trigger trigger;

    switch (message->header.type) {
    case QREXEC_TRIGGER_SERVICE3:
        if (qrexec_get_trigger(message->body, message->header.size, &trigger)) {
            calls_begin(daemon, link, NULL, &trigger);
            return true;
        }
        /* A name that is not allowed here, or too long: only that request is lost. */
        if (!qrexec_get_refused(message->body + QREXEC_TARGET_SIZE, QREXEC_REQUEST_ID_SIZE, request_id))
            return false;
        say_about(link, "%s: a request with a name that is not allowed was refused", link->name);
        calls_refuse_request(link, request_id);
        return true;
    case QREXEC_CONNECTION_TERMINATED:
        calls_terminated(daemon, link, qrexec_get_port(message->body));
        return true;
    default:
        return false;
    }
}

static void serve(struct daemon *daemon, struct link *link)
{
    struct qrexec_message message;
    int answer, count = 0;

    if (!link->hello_sent)
        link->hello_sent = qrexec_channel_send_hello(link->channel);
    qrexec_channel_flush(link->channel);
    while ((answer = qrexec_channel_receive(link->channel, &message)) > 0) {
        bool good;
        daemon->hasty = daemon->hasty || ++count == MESSAGES_A_TURN;
        if (!link->hello_came) {
            good = link->hello_came = qrexec_channel_take_hello(link->channel, &message);
            if (good)
                say_about(link, "%s: connected with its agent", link->name);
        } else {
            good = obey(daemon, link, &message);
        }
        if (!good) {
            const char *problem = qrexec_channel_problem(link->channel);
            link_lose(link, problem != NULL ? problem : "it sent a message that cannot be understood");
            return;
        }
        if (count == MESSAGES_A_TURN)
            return;
    }
    if (answer < 0)
        link_lose(link, qrexec_channel_problem(link->channel));
    else if (!link->hello_came && os_now() >= link->retry_at)
        link_lose(link, "it did not greet in time");
}

static struct link *find_id(struct daemon *daemon, uint32_t id)
{
    for (size_t i = 0; i < LINKS_MOST; i++)
        if (daemon->links[i].id == id)
            return &daemon->links[i];
    return NULL;
}

static void list_domain(struct daemon *daemon, const qubes_domain *domain)
{
    struct link *link = find_id(daemon, domain->id);

    if (link == NULL && (link = find_id(daemon, 0)) != NULL) {
        unsigned generation = link->generation + 1; /* calls may still point here */
        memset(link, 0, sizeof(*link));
        link->generation = generation;
        link->id = domain->id;
    }
    if (link == NULL)
        return;
    /* A machine that was destroyed at once sends no farewell (Xen), and is not gone while its memory is held here. */
    bool runs = domain->state != QUBES_STATE_HALTED;
    if (link->ran && !runs && link->channel != NULL)
        link_lose(link, "the domain is off");
    link->ran = runs;
    link->listed = true;
    memcpy(link->name, domain->name, sizeof(link->name));
    memcpy(link->user, domain->default_user, sizeof(link->user));
}

void links_refresh(struct daemon *daemon)
{
    static bool complained;
    qubes_domain_list list = {0};
    qubes_error error;

    daemon->refresh_at = os_now() + REFRESH_MS;
    if (qubes_domain_list_load(&daemon->paths, &list, &error) != QUBES_OK) {
        if (!complained)
            say("the list of domains cannot be read: %s", error.text);
        complained = true;
        return;
    }
    complained = false;
    for (size_t i = 0; i < LINKS_MOST; i++)
        daemon->links[i].listed = false;
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].id != 0)
            list_domain(daemon, &list.items[i]);
    qubes_domain_list_free(&list);
    for (size_t i = 0; i < LINKS_MOST; i++) {
        struct link *link = &daemon->links[i];
        if (link->id == 0 || link->listed || link->attempt != NULL)
            continue;
        if (link->channel != NULL)
            link_lose(link, "the domain was removed");
        link->id = 0;
    }
}

struct link *links_find(struct daemon *daemon, const char *name)
{
    for (size_t i = 0; i < LINKS_MOST; i++)
        if (daemon->links[i].id != 0 && daemon->links[i].listed && strcmp(daemon->links[i].name, name) == 0)
            return &daemon->links[i];
    return NULL;
}

void links_turn(struct daemon *daemon)
{
    if (os_now() >= daemon->refresh_at)
        links_refresh(daemon);
    for (size_t i = 0; i < LINKS_MOST; i++) {
        struct link *link = &daemon->links[i];
        if (link->id == 0)
            continue;
        harvest_attempt(link);
        if (link->channel != NULL)
            serve(daemon, link);
        else if (link->listed && link->attempt == NULL && os_now() >= link->retry_at)
            begin_attempt(daemon, link);
    }
}

void links_close(struct daemon *daemon)
{
    for (size_t i = 0; i < LINKS_MOST; i++)
        qrexec_channel_close(daemon->links[i].channel);
}
