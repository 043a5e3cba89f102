/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's loop. */
#include "daemon.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MS 500 /* attempts, deadlines and the list of domains are looked at as often */

void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("qrexec-daemon: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    fflush(stderr);
    va_end(arguments);
}

#define ITEMS_MOST (3 + LINKS_MOST + LOCALS_MOST + 2 * CALLS_MOST)

struct waiting {
    struct os_wait_item items[ITEMS_MOST];
    struct qrexec_channel *channels[ITEMS_MOST]; /* NULL where the item is none */
    size_t count;
};

static void add(struct waiting *waiting, struct os_wait_item item, struct qrexec_channel *channel)
{
    waiting->channels[waiting->count] = channel;
    waiting->items[waiting->count++] = item;
}

/* Waits until something happens or it is time to look; false when the daemon has to stop. */
static bool await(struct daemon *daemon)
{
    static struct waiting waiting;

    waiting.count = 0;
    add(&waiting, (struct os_wait_item){.handle = os_event_handle(daemon->stop)}, NULL);
    add(&waiting, (struct os_wait_item){.handle = os_event_handle(daemon->wake)}, NULL);
    if (daemon->listener != NULL)
        add(&waiting, (struct os_wait_item){.handle = daemon->listener->ready}, NULL);
    for (size_t i = 0; i < LINKS_MOST; i++)
        if (daemon->links[i].channel != NULL)
            add(&waiting, qrexec_channel_item(daemon->links[i].channel), daemon->links[i].channel);
    for (size_t i = 0; i < LOCALS_MOST; i++)
        if (daemon->locals[i].channel != NULL)
            add(&waiting, qrexec_channel_item(daemon->locals[i].channel), daemon->locals[i].channel);
    for (size_t i = 0; i < CALLS_MOST; i++) {
        if (daemon->calls[i].process != NULL)
            add(&waiting, (struct os_wait_item){.handle = os_process_handle(daemon->calls[i].process)}, NULL);
        if (daemon->calls[i].answer != NULL)
            add(&waiting, os_stream_item(daemon->calls[i].answer, false), NULL);
    }
    if (os_wait(waiting.items, waiting.count, daemon->hasty ? 0 : TURN_MS) < 0 || waiting.items[0].fired)
        return false;
    daemon->hasty = false;
    if (waiting.items[1].fired)
        os_event_clear(daemon->wake);
    for (size_t i = 0; i < waiting.count; i++)
        if (waiting.items[i].fired && waiting.channels[i] != NULL)
            qrexec_channel_fired(waiting.channels[i]);
    return true;
}

static void reap_autostart(struct daemon *daemon)
{
    if (daemon->autostart == NULL || !os_process_ended(daemon->autostart, NULL))
        return;
    os_process_close(daemon->autostart);
    daemon->autostart = NULL;
}

static void end(struct daemon *daemon)
{
    calls_end(daemon);
    os_process_close(daemon->autostart); /* a domain that is being started is not harmed */
    for (size_t i = 0; i < LOCALS_MOST; i++)
        if (daemon->locals[i].channel != NULL)
            local_close(&daemon->locals[i]);
    links_close(daemon);
    if (daemon->listener != NULL)
        daemon->listener->close(daemon->listener);
}

int qrexec_daemon_run(const struct qrexec_daemon_options *options)
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    qubes_error error;

    if (daemon == NULL)
        return 1;
    daemon->options = options;
    daemon->stop = os_stop_event();
    daemon->wake = os_event_open();
    if (daemon->stop == NULL || daemon->wake == NULL)
        return 1;
    if (qubes_paths_find(&daemon->paths, &error) != QUBES_OK) {
        say("%s", error.text);
        return 1;
    }
    /* Domains that do not run are tried again and again, so one attempt each time is enough. */
    os_set_variable("VCHAN_CONNECT_TIMEOUT", "0");
    daemon->autostart = task_start((const char *const[]){"--autostart", NULL}, NULL);
    do {
        locals_open(daemon);
        links_turn(daemon);
        locals_turn(daemon);
        calls_turn(daemon);
        reap_autostart(daemon);
    } while (await(daemon));
    end(daemon);
    return 0; /* attempts that are under way end with the process */
}
