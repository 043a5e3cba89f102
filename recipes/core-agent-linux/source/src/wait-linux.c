/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting on Linux: poll, eventfd, and the signals that ask a program to end. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "qrexec/os.h"

#define POLL_MOST 1024

int os_wait(struct os_wait_item *items, size_t count, int timeout_ms)
{
    struct pollfd polled[POLL_MOST];

    if (count > POLL_MOST) {
        errno = EMFILE;
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        polled[i].fd = items[i].handle;
        polled[i].events = items[i].for_room ? POLLOUT : POLLIN;
        polled[i].revents = 0;
        items[i].fired = false;
    }
    int fired = poll(polled, count, timeout_ms < 0 ? -1 : timeout_ms);
    if (fired < 0)
        return errno == EINTR ? 0 : -1;
    for (size_t i = 0; i < count; i++)
        items[i].fired = polled[i].revents != 0;
    return fired;
}

unsigned long long os_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
}

void os_sleep(unsigned milliseconds)
{
    poll(NULL, 0, (int)milliseconds);
}

struct os_event {
    int fd;
};

struct os_event *os_event_open(void)
{
    struct os_event *event = malloc(sizeof(*event));

    if (event == NULL)
        return NULL;
    event->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event->fd < 0) {
        free(event);
        return NULL;
    }
    return event;
}

void os_event_set(struct os_event *event)
{
    ssize_t written;

    do
        written = eventfd_write(event->fd, 1);
    while (written < 0 && errno == EINTR);
}

void os_event_clear(struct os_event *event)
{
    eventfd_t count;

    (void)eventfd_read(event->fd, &count);
}

os_handle os_event_handle(struct os_event *event)
{
    return event->fd;
}

void os_event_close(struct os_event *event)
{
    if (event == NULL)
        return;
    close(event->fd);
    free(event);
}

struct background {
    void (*run)(void *context);
    void *context;
};

static void *run_background(void *argument)
{
    struct background what = *(struct background *)argument;

    free(argument);
    what.run(what.context);
    return NULL;
}

bool os_in_background(void (*run)(void *context), void *context)
{
    struct background *what = malloc(sizeof(*what));
    pthread_t thread;

    if (what == NULL)
        return false;
    what->run = run;
    what->context = context;
    if (pthread_create(&thread, NULL, run_background, what) != 0) {
        free(what);
        return false;
    }
    pthread_detach(thread);
    return true;
}

static struct os_event *stop_event;

static void on_signal(int number)
{
    int before = errno;

    (void)number;
    os_event_set(stop_event);
    errno = before;
}

struct os_event *os_stop_event(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    if (stop_event != NULL)
        return stop_event;
    stop_event = os_event_open();
    if (stop_event == NULL)
        return NULL;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an answer of write, not the end of this program */
    return stop_event;
}
