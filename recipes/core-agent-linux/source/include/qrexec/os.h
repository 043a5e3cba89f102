/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qrexec needs of an operating system: waiting, byte streams, processes. One file set per system. */
#ifndef QREXEC_OS_H
#define QREXEC_OS_H

#include <stdbool.h>
#include <stddef.h>

#include "libvchan.h"

typedef libvchan_fd os_handle; /* Linux: a descriptor; Windows: an event or a process */

#define OS_PATH_SIZE 1024

#ifdef _WIN32
#define OS_SEPARATOR '\\'
#define OS_LIST_SEPARATOR ';' /* between directories of a search path */
#else
#define OS_SEPARATOR '/'
#define OS_LIST_SEPARATOR ':'
#endif

/* ---- Waiting ---- */

struct os_wait_item {
    os_handle handle;
    bool for_room; /* Linux: wait until bytes can be written; Windows: the handle says so itself */
    bool fired;
};

/* Waits until an item fires, at most timeout_ms (negative: no limit). How many fired, or -1. */
int os_wait(struct os_wait_item *items, size_t count, int timeout_ms);

/* A clock in milliseconds that never goes back, and a pause. */
unsigned long long os_now(void);
void os_sleep(unsigned milliseconds);

/* Something that a thread or a signal handler sets and a loop waits for. */
struct os_event;
struct os_event *os_event_open(void);
void os_event_set(struct os_event *event);
void os_event_clear(struct os_event *event);
os_handle os_event_handle(struct os_event *event);
void os_event_close(struct os_event *event);

/* Runs a function in a thread of its own, which ends with it. */
bool os_in_background(void (*run)(void *context), void *context);

/* The event that is set when the user or the system asks this program to end; repairs SIGPIPE. */
struct os_event *os_stop_event(void);

/* ---- Byte streams: the ends of a child's pipes, or this program's own standard streams ---- */

struct os_stream;

enum os_standard { OS_STDIN, OS_STDOUT, OS_STDERR };

/* Takes over one of this program's own streams (OS_STDERR it may still use). NULL without memory. */
struct os_stream *os_stream_own(enum os_standard which);

/* Bytes that are there now: more than 0; 0 when there are none yet; -1 at the end. Never blocks. */
int os_stream_read(struct os_stream *stream, void *data, size_t size);

/* Takes as many bytes as possible without blocking; -1 when nobody reads any more. */
int os_stream_write(struct os_stream *stream, const void *data, size_t size);

/* Whether all that was taken has left this program (or never will). */
bool os_stream_is_flushed(struct os_stream *stream);

/* The item to wait for until reading, or with for_room writing or flushing, makes progress. */
struct os_wait_item os_stream_item(struct os_stream *stream, bool for_room);

/* Delivers what was taken, in the background if need be, then closes. NULL is allowed. */
void os_stream_close(struct os_stream *stream);

/* ---- Processes ---- */

enum os_stdio { OS_STDIO_INHERIT, OS_STDIO_PIPE, OS_STDIO_NOTHING };

struct os_process_spec {
    const char *const *argv;        /* argument array, argv[0] is the program: a path, or sought in PATH */
    const char *line;               /* instead of argv: a command for the system's interpreter */
    const char *user;               /* NULL: the same; see os_process_start */
    const char *const *environment; /* "NAME=value" on top of this program's own, ended by NULL; or NULL */
    enum os_stdio stdio[3];         /* in the order of enum os_standard */
};

struct os_process;

/*
 * Starts a process. For each OS_STDIO_PIPE, streams[] gets this side's end. Another `user` is taken
 * when this program may change users (root, LocalSystem): on Linux with that user's groups and home;
 * on Windows the user who is logged on at the console, when it is that one or "user". NULL on
 * failure, with one line about the cause in `why`.
 */
struct os_process *os_process_start(const struct os_process_spec *spec, struct os_stream *streams[3],
                                    char *why, size_t why_size);

os_handle os_process_handle(struct os_process *process);

/* Whether it has ended; *code is then its exit code, 128 + N for a signal N. */
bool os_process_ended(struct os_process *process, int *code);

/* Ends it and the processes that it started: politely when the system can, then by force. */
void os_process_end(struct os_process *process);

/* Forgets it, whether it runs on or not. NULL is allowed. */
void os_process_close(struct os_process *process);

/* ---- Places ---- */

/* The absolute path of this program; the directories of this machine's services, best first. */
bool os_own_program(char path[OS_PATH_SIZE]);
bool os_service_path(char path[OS_PATH_SIZE]);

/*
 * Whether `directory` holds exactly `name` (upper and lower case as given) as a regular file that can
 * be executed: *path, and in *line the command line that a text file of Windows names ("" else).
 */
bool os_find_service(const char *directory, const char *name, char path[OS_PATH_SIZE], char line[OS_PATH_SIZE]);

/* In whose name services of the admin domain run unless the policy names somebody. */
bool os_admin_user(char *user, size_t size);

/* What an errno means, in words. */
const char *os_error(int cause);

/* Unpredictable bytes; false when the system has none. */
bool os_random(void *bytes, size_t size);

/* Sets a variable of this program's environment. */
void os_set_variable(const char *name, const char *value);

/* Where a caller's program finds the agent, and in the admin domain the daemon; see vchan_local_listen. */
const char *os_agent_endpoint(void);
const char *os_daemon_endpoint(void);

#endif
