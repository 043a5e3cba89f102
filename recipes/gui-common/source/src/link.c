/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Buffers between a byte stream and messages. */
#include <qubes-gui/link.h>

#include <stdlib.h>
#include <string.h>

enum gui_status gui_link_open(struct gui_link *link, struct gui_transport transport, enum gui_direction receives,
                              size_t out_limit)
{
    memset(link, 0, sizeof *link);
    link->transport = transport;
    link->receives = receives;
    link->out_limit = out_limit;
    link->in = malloc(GUI_MAX_MESSAGE);
    link->out = malloc(out_limit);
    if (link->in && link->out)
        return GUI_OK;
    gui_link_close(link);
    return GUI_NO_MEMORY;
}

void gui_link_close(struct gui_link *link)
{
    free(link->in);
    free(link->out);
    memset(link, 0, sizeof *link);
    link->broken = GUI_CLOSED;
}

size_t gui_link_backlog(const struct gui_link *link)
{
    return link->out_end - link->out_start;
}

static bool write_out(struct gui_link *link)
{
    while (link->out_start < link->out_end) {
        int space = link->transport.space(link->transport.stream);
        size_t size = link->out_end - link->out_start;
        int written;

        if (space <= 0)
            return space == 0;
        if (size > (size_t)space)
            size = (size_t)space;
        written = link->transport.write(link->transport.stream, link->out + link->out_start, size);
        if (written <= 0)
            return written == 0;
        link->out_start += (size_t)written;
    }
    link->out_start = link->out_end = 0;
    return true;
}

/* Throws away what is left of a skipped message, as far as it has arrived. */
static void discard(struct gui_link *link)
{
    size_t have = link->in_end - link->in_start;
    size_t gone = link->skip < have ? (size_t)link->skip : have;

    link->in_start += gone;
    link->skip -= gone;
}

static bool fill(struct gui_link *link)
{
    for (;;) {
        int ready = link->transport.ready(link->transport.stream);
        size_t room;
        int got;

        discard(link);
        if (link->in_start) {
            memmove(link->in, link->in + link->in_start, link->in_end - link->in_start);
            link->in_end -= link->in_start;
            link->in_start = 0;
        }
        room = GUI_MAX_MESSAGE - link->in_end;
        if (ready <= 0 || !room)
            return ready >= 0;
        if (room > (size_t)ready)
            room = (size_t)ready;
        got = link->transport.read(link->transport.stream, link->in + link->in_end, room);
        if (got <= 0)
            return got == 0;
        link->in_end += (size_t)got;
        if (!link->skip)
            return true;
    }
}

/* There are not enough bytes: wait for more, unless there will be none. */
static enum gui_status starved(struct gui_link *link)
{
    if (!link->ended)
        return GUI_INCOMPLETE;
    link->broken = GUI_CLOSED;
    return GUI_CLOSED;
}

enum gui_status gui_link_pump(struct gui_link *link)
{
    bool open;

    if (link->broken != GUI_OK)
        return link->broken;
    /* Asked first: what arrived before the end is still read. */
    open = link->transport.open(link->transport.stream);
    if ((open && !write_out(link)) || !fill(link)) {
        link->broken = GUI_CLOSED;
        return GUI_CLOSED;
    }
    link->ended = !open && link->transport.ready(link->transport.stream) <= 0;
    return link->ended && link->in_start == link->in_end ? starved(link) : GUI_OK;
}

enum gui_status gui_link_next(struct gui_link *link, struct gui_message *message)
{
    for (;;) {
        uint64_t used;
        enum gui_status status;

        if (link->broken != GUI_OK)
            return link->broken;
        discard(link);
        if (link->skip)
            return starved(link);
        status = gui_decode(link->receives, link->in + link->in_start, link->in_end - link->in_start, message, &used);
        if (status == GUI_OK) {
            link->in_start += (size_t)used;
            return GUI_OK;
        }
        if (status == GUI_INCOMPLETE)
            return starved(link);
        if (link->receives != GUI_TO_AGENT || (status != GUI_UNKNOWN_TYPE && status != GUI_OBSOLETE)) {
            link->broken = status;
            return status;
        }
        link->skip = used;
    }
}

enum gui_status gui_link_flush(struct gui_link *link)
{
    if (link->broken == GUI_OK && link->transport.open(link->transport.stream) && !write_out(link))
        link->broken = GUI_CLOSED;
    return link->broken;
}

bool gui_link_readable(struct gui_link *link)
{
    return link->broken == GUI_OK && link->transport.ready(link->transport.stream) > 0;
}

/* Room for size more bytes at the end of the queue, or NULL above the limit. */
static uint8_t *reserve(struct gui_link *link, size_t size)
{
    if (size > link->out_limit - gui_link_backlog(link))
        return NULL;
    if (size > link->out_limit - link->out_end) {
        memmove(link->out, link->out + link->out_start, gui_link_backlog(link));
        link->out_end -= link->out_start;
        link->out_start = 0;
    }
    return link->out + link->out_end;
}

enum gui_status gui_link_send(struct gui_link *link, const struct gui_message *message)
{
    enum gui_direction direction = link->receives == GUI_TO_AGENT ? GUI_TO_DAEMON : GUI_TO_AGENT;
    size_t need = gui_encoded_size(message), used;
    uint8_t *at;
    enum gui_status status;

    if (link->broken != GUI_OK)
        return link->broken;
    at = reserve(link, need);
    if (!at)
        return GUI_FULL;
    status = gui_encode(direction, message, at, need, &used);
    link->out_end += used;
    return status;
}

enum gui_status gui_link_take(struct gui_link *link, uint8_t *bytes, size_t size)
{
    if (link->broken != GUI_OK)
        return link->broken;
    if (link->in_end - link->in_start < size)
        return starved(link);
    memcpy(bytes, link->in + link->in_start, size);
    link->in_start += size;
    return GUI_OK;
}

enum gui_status gui_link_put(struct gui_link *link, const uint8_t *bytes, size_t size)
{
    uint8_t *at;

    if (link->broken != GUI_OK)
        return link->broken;
    at = reserve(link, size);
    if (!at)
        return GUI_FULL;
    memcpy(at, bytes, size);
    link->out_end += size;
    return GUI_OK;
}
