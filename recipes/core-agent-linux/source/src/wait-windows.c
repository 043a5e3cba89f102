/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting on Windows: events, threads, and the ways in which a program is asked to end. */
#include <stdlib.h>

#include "qrexec/os.h"

#define SLICE_MS 20 /* the pace of looking when there are more handles than one wait can take */

/* Marks what has fired, without waiting. */
static int look(struct os_wait_item *items, size_t count)
{
    int fired = 0;

    for (size_t i = 0; i < count; i++) {
        items[i].fired = WaitForSingleObject(items[i].handle, 0) == WAIT_OBJECT_0;
        fired += items[i].fired;
    }
    return fired;
}

/* The handles of the items, each once, which Windows insists on; as many as one wait can take. */
static size_t collect(const struct os_wait_item *items, size_t count, HANDLE handles[MAXIMUM_WAIT_OBJECTS],
                      bool *all)
{
    size_t collected = 0;

    *all = true;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        while (same < collected && handles[same] != items[i].handle)
            same++;
        if (same < collected)
            continue;
        *all = *all && collected < MAXIMUM_WAIT_OBJECTS;
        if (collected < MAXIMUM_WAIT_OBJECTS)
            handles[collected++] = items[i].handle;
    }
    return collected;
}

int os_wait(struct os_wait_item *items, size_t count, int timeout_ms)
{
    HANDLE handles[MAXIMUM_WAIT_OBJECTS];
    bool all;
    size_t direct = collect(items, count, handles, &all);
    unsigned long long end = os_now() + (timeout_ms < 0 ? 0 : (unsigned)timeout_ms);

    for (;;) {
        int fired = look(items, count);
        unsigned long long now = os_now();
        if (fired > 0 || (timeout_ms >= 0 && now >= end))
            return fired;
        DWORD most = timeout_ms < 0 ? INFINITE : (DWORD)(end - now);
        if (!all && most > SLICE_MS)
            most = SLICE_MS;
        if (direct == 0)
            Sleep(most);
        else if (WaitForMultipleObjects((DWORD)direct, handles, FALSE, most) == WAIT_FAILED)
            return -1;
    }
}

unsigned long long os_now(void)
{
    return GetTickCount64();
}

void os_sleep(unsigned milliseconds)
{
    Sleep(milliseconds);
}

struct os_event {
    HANDLE handle;
};

struct os_event *os_event_open(void)
{
    struct os_event *event = malloc(sizeof(*event));

    if (event == NULL)
        return NULL;
    event->handle = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (event->handle == NULL) {
        free(event);
        return NULL;
    }
    return event;
}

void os_event_set(struct os_event *event)
{
    SetEvent(event->handle);
}

void os_event_clear(struct os_event *event)
{
    ResetEvent(event->handle);
}

os_handle os_event_handle(struct os_event *event)
{
    return event->handle;
}

void os_event_close(struct os_event *event)
{
    if (event == NULL)
        return;
    CloseHandle(event->handle);
    free(event);
}

struct background {
    void (*run)(void *context);
    void *context;
};

static DWORD WINAPI run_background(void *argument)
{
    struct background what = *(struct background *)argument;

    free(argument);
    what.run(what.context);
    return 0;
}

bool os_in_background(void (*run)(void *context), void *context)
{
    struct background *what = malloc(sizeof(*what));

    if (what == NULL)
        return false;
    what->run = run;
    what->context = context;
    HANDLE thread = CreateThread(NULL, 0, run_background, what, 0, NULL);
    if (thread == NULL) {
        free(what);
        return false;
    }
    CloseHandle(thread);
    return true;
}

static struct os_event *stop_event;

static BOOL WINAPI on_console(DWORD kind)
{
    (void)kind;
    os_event_set(stop_event);
    return TRUE;
}

struct os_event *os_stop_event(void)
{
    if (stop_event == NULL) {
        stop_event = os_event_open();
        if (stop_event != NULL)
            SetConsoleCtrlHandler(on_console, TRUE);
    }
    return stop_event;
}
