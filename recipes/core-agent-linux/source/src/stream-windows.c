/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte streams on Windows. Consoles, files and anonymous pipes know no overlapped I/O, so each stream
 * has a thread that does the blocking operation; bytes are handed over in one buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define BUFFER 65536

struct os_stream {
    HANDLE handle;
    HANDLE thread;
    HANDLE ready;   /* manual reset; reader: there is something to take; writer: there is room */
    HANDLE turn;    /* auto reset; it is the thread's turn with the buffer */
    bool writes;
    SRWLOCK lock; /* guards what follows */
    bool ended;     /* end of the input, or nobody reads the output */
    bool closing;
    size_t start;   /* the bytes between start and end wait to be taken */
    size_t end;
    unsigned char buffer[BUFFER];
};

static void destroy(struct os_stream *stream)
{
    if (stream->handle != INVALID_HANDLE_VALUE)
        CloseHandle(stream->handle);
    if (stream->thread != NULL)
        CloseHandle(stream->thread);
    if (stream->ready != NULL)
        CloseHandle(stream->ready);
    if (stream->turn != NULL)
        CloseHandle(stream->turn);
    free(stream);
}

/* Publishes what the thread did; false when the stream is being closed and nothing is left to do. */
static bool hand_over(struct os_stream *stream, size_t end, bool ended)
{
    AcquireSRWLockExclusive(&stream->lock);
    stream->start = 0;
    stream->end = end;
    stream->ended = stream->ended || ended;
    bool go_on = !stream->ended && !stream->closing;
    SetEvent(stream->ready);
    ReleaseSRWLockExclusive(&stream->lock);
    return go_on;
}

static void read_on(struct os_stream *stream)
{
    DWORD count;

    do {
        WaitForSingleObject(stream->turn, INFINITE);
        if (stream->closing)
            return;
        count = 0;
        if (!ReadFile(stream->handle, stream->buffer, BUFFER, &count, NULL))
            count = 0;
    } while (hand_over(stream, count, count == 0));
}

static void write_on(struct os_stream *stream)
{
    bool good = true;

    do {
        WaitForSingleObject(stream->turn, INFINITE);
        size_t start = stream->start;
        while (good && start < stream->end) {
            DWORD count = 0;
            good = WriteFile(stream->handle, stream->buffer + start, (DWORD)(stream->end - start), &count, NULL);
            start += count;
        }
    } while (hand_over(stream, 0, !good));
}

static DWORD WINAPI run(void *argument)
{
    struct os_stream *stream = argument;

    if (stream->writes)
        write_on(stream);
    else
        read_on(stream);
    /* Whoever comes second, this thread or os_stream_close, frees the stream. */
    AcquireSRWLockExclusive(&stream->lock);
    bool last = stream->closing;
    stream->closing = true;
    if (stream->handle != INVALID_HANDLE_VALUE)
        CloseHandle(stream->handle);
    stream->handle = INVALID_HANDLE_VALUE;
    ReleaseSRWLockExclusive(&stream->lock);
    if (last)
        destroy(stream);
    return 0;
}

struct os_stream *os_stream_over(HANDLE handle, bool writes)
{
    struct os_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        CloseHandle(handle);
        return NULL;
    }
    InitializeSRWLock(&stream->lock);
    stream->handle = handle;
    stream->writes = writes;
    stream->ready = CreateEventW(NULL, TRUE, writes, NULL);
    stream->turn = CreateEventW(NULL, FALSE, !writes, NULL);
    stream->thread = stream->ready != NULL && stream->turn != NULL
                         ? CreateThread(NULL, 0, run, stream, CREATE_SUSPENDED, NULL)
                         : NULL;
    if (stream->thread == NULL) {
        destroy(stream);
        return NULL;
    }
    ResumeThread(stream->thread); /* after its handle is stored, since it may end at once */
    return stream;
}

struct os_stream *os_stream_own(enum os_standard which)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    HANDLE own = GetStdHandle(names[which]), copy = INVALID_HANDLE_VALUE, self = GetCurrentProcess();

    if (own == NULL || own == INVALID_HANDLE_VALUE ||
        !DuplicateHandle(self, own, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        copy = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_EXISTING, 0, NULL);
    return os_stream_over(copy, which != OS_STDIN);
}

int os_stream_read(struct os_stream *stream, void *data, size_t size)
{
    int answer = 0;

    AcquireSRWLockExclusive(&stream->lock);
    size_t there = stream->end - stream->start;
    if (there > 0) {
        size_t count = there < size ? there : size;
        memcpy(data, stream->buffer + stream->start, count);
        stream->start += count;
        answer = (int)count;
        if (stream->start == stream->end && !stream->ended) {
            ResetEvent(stream->ready);
            SetEvent(stream->turn);
        }
    } else if (stream->ended) {
        answer = -1;
    }
    ReleaseSRWLockExclusive(&stream->lock);
    return answer;
}

int os_stream_write(struct os_stream *stream, const void *data, size_t size)
{
    int answer = 0;

    AcquireSRWLockExclusive(&stream->lock);
    if (stream->ended) {
        answer = -1;
    } else if (stream->start == stream->end && size > 0) {
        size_t count = size < BUFFER ? size : BUFFER;
        memcpy(stream->buffer, data, count);
        stream->start = 0;
        stream->end = count;
        answer = (int)count;
        ResetEvent(stream->ready);
        SetEvent(stream->turn);
    }
    ReleaseSRWLockExclusive(&stream->lock);
    return answer;
}

bool os_stream_is_flushed(struct os_stream *stream)
{
    AcquireSRWLockExclusive(&stream->lock);
    bool flushed = stream->ended || stream->start == stream->end;
    ReleaseSRWLockExclusive(&stream->lock);
    return flushed;
}

struct os_wait_item os_stream_item(struct os_stream *stream, bool for_room)
{
    return (struct os_wait_item){.handle = stream->ready, .for_room = for_room};
}

void os_stream_close(struct os_stream *stream)
{
    if (stream == NULL)
        return;
    AcquireSRWLockExclusive(&stream->lock);
    bool last = stream->closing;
    stream->closing = true;
    SetEvent(stream->turn); /* a writer delivers what it has, then sees that it is over */
    if (!stream->writes)
        CancelSynchronousIo(stream->thread);
    ReleaseSRWLockExclusive(&stream->lock);
    if (last)
        destroy(stream);
}
