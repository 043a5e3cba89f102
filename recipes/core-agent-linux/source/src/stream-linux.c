/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Byte streams on Linux: descriptors that are asked before each operation whether it would block. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "stream.h"

struct os_stream {
    int fd;
};

struct os_stream *os_stream_over(int fd)
{
    struct os_stream *stream = malloc(sizeof(*stream));

    if (stream == NULL) {
        close(fd);
        return NULL;
    }
    stream->fd = fd;
    return stream;
}

struct os_stream *os_stream_own(enum os_standard which)
{
    /* The numbers are those of the descriptors. Their places stay taken, so that no other file gets them. */
    int fd = fcntl((int)which, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nothing >= 0) {
        if (which != OS_STDERR) /* which this program goes on to use for its own messages */
            dup2(nothing, (int)which);
        close(nothing);
    }
    return os_stream_over(fd >= 0 ? fd : open("/dev/null", O_RDWR | O_CLOEXEC));
}

/*
 * Standard streams may be shared with a shell, so their mode is left alone: poll says whether one
 * operation of a size that pipes take whole would block.
 */
static bool is_ready(int fd, short event)
{
    struct pollfd item = {.fd = fd, .events = event};

    return poll(&item, 1, 0) == 1;
}

int os_stream_read(struct os_stream *stream, void *data, size_t size)
{
    if (!is_ready(stream->fd, POLLIN))
        return 0;
    ssize_t count = read(stream->fd, data, size > INT_MAX ? INT_MAX : size);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return count == 0 ? -1 : (int)count;
}

int os_stream_write(struct os_stream *stream, const void *data, size_t size)
{
    size_t done = 0;

    while (done < size && is_ready(stream->fd, POLLOUT)) {
        size_t piece = size - done < PIPE_BUF ? size - done : PIPE_BUF;
        ssize_t count = write(stream->fd, (const char *)data + done, piece);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        if (count > 0)
            done += (size_t)count;
    }
    return (int)done;
}

bool os_stream_is_flushed(struct os_stream *stream)
{
    (void)stream; /* write gives bytes to the system at once */
    return true;
}

struct os_wait_item os_stream_item(struct os_stream *stream, bool for_room)
{
    return (struct os_wait_item){.handle = stream->fd, .for_room = for_room};
}

void os_stream_close(struct os_stream *stream)
{
    if (stream == NULL)
        return;
    close(stream->fd);
    free(stream);
}
