/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* An in-memory stream with a limited window, like a vchan's ring, for both of its ends. */
#ifndef PIPE_H
#define PIPE_H

#include <string.h>

#include <qubes-gui/link.h>

struct pipe {
    uint8_t to_link[2u << 20], from_link[8u << 20];
    size_t to_size, from_size;
    size_t window; /* the most that ready and space ever report */
    bool closed;
};

static int pipe_limit(const struct pipe *pipe, size_t size)
{
    return (int)(size < pipe->window ? size : pipe->window);
}

static int pipe_ready(void *stream)
{
    struct pipe *pipe = stream;

    return pipe_limit(pipe, pipe->to_size);
}

static int pipe_space(void *stream)
{
    struct pipe *pipe = stream;

    return pipe_limit(pipe, sizeof pipe->from_link - pipe->from_size);
}

static int pipe_read(void *stream, void *bytes, size_t size)
{
    struct pipe *pipe = stream;

    if ((int)size > pipe_ready(stream))
        return -1;
    memcpy(bytes, pipe->to_link, size);
    memmove(pipe->to_link, pipe->to_link + size, pipe->to_size - size);
    pipe->to_size -= size;
    return (int)size;
}

static int pipe_write(void *stream, const void *bytes, size_t size)
{
    struct pipe *pipe = stream;

    if ((int)size > pipe_space(stream))
        return -1;
    memcpy(pipe->from_link + pipe->from_size, bytes, size);
    pipe->from_size += size;
    return (int)size;
}

static bool pipe_open(void *stream)
{
    return !((struct pipe *)stream)->closed;
}

static struct gui_transport pipe_transport(struct pipe *pipe)
{
    return (struct gui_transport){pipe, pipe_ready, pipe_space, pipe_read, pipe_write, pipe_open};
}

/* The far end sends bytes. */
static inline void pipe_give(struct pipe *pipe, const void *bytes, size_t size)
{
    memcpy(pipe->to_link + pipe->to_size, bytes, size);
    pipe->to_size += size;
}

/* The far end sends a message. */
static inline void pipe_send(struct pipe *pipe, enum gui_direction direction, const struct gui_message *message)
{
    size_t size;

    if (gui_encode(direction, message, pipe->to_link + pipe->to_size, sizeof pipe->to_link - pipe->to_size, &size) !=
        GUI_OK)
        abort();
    pipe->to_size += size;
}

/* The far end takes the next message that was sent to it; false when there is none. */
static inline bool pipe_next(struct pipe *pipe, enum gui_direction direction, struct gui_message *message)
{
    static uint8_t last[GUI_MAX_MESSAGE];
    uint64_t used;

    if (gui_decode(direction, pipe->from_link, pipe->from_size, message, &used) != GUI_OK)
        return false;
    memcpy(last, pipe->from_link, (size_t)used);
    gui_decode(direction, last, (size_t)used, message, &used);
    memmove(pipe->from_link, pipe->from_link + used, pipe->from_size - (size_t)used);
    pipe->from_size -= (size_t)used;
    return true;
}

#endif
