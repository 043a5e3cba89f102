/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A session between a played agent and a desktop that only remembers. */
#ifndef PLAY_H
#define PLAY_H

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "session.h"

/* The agent's end of the stream: bytes on their way in both directions. */
static struct {
    uint8_t to_daemon[8u << 20], to_agent[1u << 20];
    size_t to_daemon_size, to_daemon_read, to_agent_size;
    bool gone, deaf; /* deaf: reads nothing */
} wire;

static int wire_ready(void *stream)
{
    (void)stream;
    return (int)(wire.to_daemon_size - wire.to_daemon_read);
}

static int wire_space(void *stream)
{
    (void)stream;
    return wire.deaf ? 0 : (int)(sizeof wire.to_agent - wire.to_agent_size);
}

static int wire_read(void *stream, void *bytes, size_t size)
{
    (void)stream;
    memcpy(bytes, wire.to_daemon + wire.to_daemon_read, size);
    wire.to_daemon_read += size;
    if (wire.to_daemon_read == wire.to_daemon_size)
        wire.to_daemon_read = wire.to_daemon_size = 0;
    return (int)size;
}

static int wire_write(void *stream, const void *bytes, size_t size)
{
    (void)stream;
    memcpy(wire.to_agent + wire.to_agent_size, bytes, size);
    wire.to_agent_size += size;
    return (int)size;
}

static bool wire_open(void *stream)
{
    (void)stream;
    return !wire.gone;
}

/* The desktop: how many windows there are, and the last of each thing that happened. */
static struct {
    int windows, shows, places, paints, minimised, attention, hints, cursors, classes;
    bool refuse;
    struct window *last;
    struct gui_rect painted;
    uint8_t clipboard[GUI_MAX_CLIPBOARD];
    size_t clipboard_size;
    int clipboard_puts;
} desk;

static bool desk_create(void *desktop, struct window *window)
{
    (void)desktop;
    if (desk.refuse)
        return false;
    window->native = malloc(1); /* so that a leak or a double destruction shows */
    desk.windows++;
    desk.last = window;
    return window->native != NULL;
}

static void desk_destroy(void *desktop, struct window *window)
{
    (void)desktop;
    free(window->native);
    desk.windows--;
}

#define REMEMBER(name, counter)                                 \
    static void desk_##name(void *desktop, struct window *window) \
    {                                                           \
        (void)desktop;                                          \
        desk.last = window;                                     \
        counter;                                                \
    }
REMEMBER(show, desk.shows++)
REMEMBER(place, desk.places++)
REMEMBER(title, (void)0)
REMEMBER(class, desk.classes++)
REMEMBER(hints, desk.hints++)
REMEMBER(cursor, desk.cursors++)
REMEMBER(minimise, desk.minimised++)

static void desk_paint(void *desktop, struct window *window, struct gui_rect rect)
{
    (void)desktop;
    CHECK(gui_rect_inside(rect, window->surface.width, window->surface.height));
    desk.painted = rect;
    desk.paints++;
}

static void desk_attention(void *desktop, struct window *window, bool wanted)
{
    (void)desktop;
    (void)window;
    desk.attention += wanted ? 1 : -1;
}

static bool desk_put(void *desktop, const uint8_t *bytes, size_t size)
{
    (void)desktop;
    CHECK(size <= sizeof desk.clipboard);
    memcpy(desk.clipboard, bytes, size);
    desk.clipboard_size = size;
    desk.clipboard_puts++;
    return true;
}

static size_t desk_take(void *desktop, uint8_t bytes[GUI_MAX_CLIPBOARD])
{
    size_t size = desk.clipboard_size;

    (void)desktop;
    memcpy(bytes, desk.clipboard, size);
    desk.clipboard_size = 0;
    return size;
}

static const struct desktop_ops desk_ops = {
    .create = desk_create,     .destroy = desk_destroy,     .show = desk_show,
    .place = desk_place,       .title = desk_title,         .class = desk_class,
    .hints = desk_hints,       .cursor = desk_cursor,       .paint = desk_paint,
    .minimise = desk_minimise, .attention = desk_attention, .clipboard_put = desk_put,
    .clipboard_take = desk_take,
};

static struct session session;

#define DESKTOP_WIDTH 1000
#define DESKTOP_HEIGHT 800

static inline void play_bytes(const void *bytes, size_t size)
{
    CHECK(wire.to_daemon_size + size <= sizeof wire.to_daemon);
    memcpy(wire.to_daemon + wire.to_daemon_size, bytes, size);
    wire.to_daemon_size += size;
}

static inline void play_open(void)
{
    const struct gui_transport transport = {NULL, wire_ready, wire_space, wire_read, wire_write, wire_open};

    wire.to_daemon_size = wire.to_daemon_read = wire.to_agent_size = 0;
    wire.gone = wire.deaf = false;
    memset(&desk, 0, sizeof desk);
    CHECK(session_open(&session, "work", transport, &desk_ops, NULL,
                       (struct place){0, 0, DESKTOP_WIDTH, DESKTOP_HEIGHT}) == GUI_OK);
}

static inline enum gui_status play_pump(void)
{
    enum gui_status status;
    bool more;

    do
        status = session_pump(&session, &more);
    while (status == GUI_OK && more);
    return status;
}

/* A session whose agent has greeted. */
static inline void play_greet(void)
{
    uint8_t version[GUI_VERSION_SIZE];

    play_open();
    gui_encode_version(GUI_PROTOCOL_VERSION, version);
    play_bytes(version, sizeof version);
    CHECK(play_pump() == GUI_OK && wire.to_agent_size == GUI_VERSION_SIZE + GUI_XCONF_SIZE);
    wire.to_agent_size = 0;
}

static inline void play_close(void)
{
    session_close(&session);
    CHECK(desk.windows == 0 && session.pixel_bytes == 0 && session.windows.count == 0);
}

static inline void play_message(const struct gui_message *message)
{
    size_t size;

    CHECK(gui_encode(GUI_TO_DAEMON, message, wire.to_daemon + wire.to_daemon_size,
                     sizeof wire.to_daemon - wire.to_daemon_size, &size) == GUI_OK);
    wire.to_daemon_size += size;
}

/* A message whose body is up to nine integers. */
static inline enum gui_status play(uint32_t type, uint32_t window, const uint32_t words[9])
{
    struct gui_message message = {.type = type, .window = window};

    if (words)
        memcpy(message.body.words, words, sizeof message.body.words);
    play_message(&message);
    return play_pump();
}

#define PLAY(type, window, ...) play(type, window, (const uint32_t[9]){__VA_ARGS__})

static inline enum gui_status play_dump(uint32_t window, uint32_t width, uint32_t height, struct gui_rect part,
                                        uint8_t value)
{
    static uint8_t pixels[GUI_MAX_DUMP_PIXELS * GUI_BYTES_PER_PIXEL];
    struct gui_message message = {.type = MSG_WINDOW_DUMP, .window = window, .data = pixels};

    memset(pixels, value, sizeof pixels);
    message.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, width, height, 32};
    message.body.dump.part = (struct msg_window_dump_inband){part.x, part.y, part.width, part.height};
    message.data_size = (size_t)part.width * part.height * GUI_BYTES_PER_PIXEL;
    play_message(&message);
    return play_pump();
}

/* The next message to the agent; its type is 0 when there is none. */
static inline struct gui_message heard(void)
{
    struct gui_message message = {0};
    static uint8_t last[GUI_MAX_MESSAGE];
    uint64_t used;

    CHECK(gui_link_flush(&session.link) == GUI_OK);
    if (gui_decode(GUI_TO_AGENT, wire.to_agent, wire.to_agent_size, &message, &used) != GUI_OK)
        return (struct gui_message){0};
    memcpy(last, wire.to_agent, (size_t)used);
    gui_decode(GUI_TO_AGENT, last, (size_t)used, &message, &used);
    memmove(wire.to_agent, wire.to_agent + used, wire.to_agent_size - (size_t)used);
    wire.to_agent_size -= (size_t)used;
    return message;
}

#endif
