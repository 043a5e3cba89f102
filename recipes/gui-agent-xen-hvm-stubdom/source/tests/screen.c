/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From QEMU's bytes to the picture of a daemon that decodes with gui-common, as gui-daemon does; and back with input. */
#include "screen.h"

#include <stdlib.h>

#include "qemu.h"

/* A stream in memory between the agent and the daemon, one buffer a direction. */
struct way {
    uint8_t bytes[4u << 20];
    size_t size;
};

struct end {
    struct way *in, *out;
};

static struct way to_agent, to_daemon;
static struct end agent_end = {&to_agent, &to_daemon}, daemon_end = {&to_daemon, &to_agent};

static int ready(void *stream)
{
    return (int)((struct end *)stream)->in->size;
}

static int space(void *stream)
{
    struct way *out = ((struct end *)stream)->out;
    return (int)(sizeof out->bytes - out->size);
}

static int take(void *stream, void *bytes, size_t size)
{
    struct way *in = ((struct end *)stream)->in;
    memcpy(bytes, in->bytes, size);
    in->size -= size;
    memmove(in->bytes, in->bytes + size, in->size);
    return (int)size;
}

static int put(void *stream, const void *bytes, size_t size)
{
    struct way *out = ((struct end *)stream)->out;
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
    return (int)size;
}

static bool is_open(void *stream)
{
    return stream != NULL;
}

static struct screen screen;
static struct gui_link daemon_link;
static struct sent sent;

/* What the daemon has: one window. */
static struct {
    uint32_t width, height, buffer_width, buffer_height, least, most, creates;
    bool mapped;
    uint32_t pixels[64 * 64];
    struct gui_rect shown; /* since it was last looked at */
} seen;

static struct gui_transport transport(struct end *end)
{
    return (struct gui_transport){end, ready, space, take, put, is_open};
}

static void take_dump(const struct gui_message *message)
{
    const struct msg_window_dump_inband *part = &message->body.dump.part;
    CHECK(message->body.dump.hdr.type == WINDOW_DUMP_TYPE_INBAND);
    seen.buffer_width = message->body.dump.hdr.width;
    seen.buffer_height = message->body.dump.hdr.height;
    CHECK(seen.buffer_width <= 64 && seen.buffer_height <= 64);
    for (uint32_t y = 0; y < part->height; y++)
        memcpy(&seen.pixels[(part->y + y) * 64 + part->x], message->data + y * part->width * 4, part->width * 4);
}

static void take_message(const struct gui_message *message)
{
    CHECK(message->window == 1);
    switch (message->type) {
    case MSG_CREATE:
        seen.creates++;
        seen.width = message->body.create.width;
        seen.height = message->body.create.height;
        break;
    case MSG_CONFIGURE:
        seen.width = message->body.configure.width;
        seen.height = message->body.configure.height;
        break;
    case MSG_MAP:
        CHECK(!message->body.map.override_redirect);
        seen.mapped = true;
        break;
    case MSG_WINDOW_HINTS:
        seen.least = message->body.hints.min_width;
        seen.most = message->body.hints.max_width;
        break;
    case MSG_WINDOW_DUMP:
        take_dump(message);
        break;
    case MSG_SHMIMAGE:
        seen.shown = gui_rect_union(seen.shown, (struct gui_rect){message->body.shmimage.x, message->body.shmimage.y,
                                                                  message->body.shmimage.width,
                                                                  message->body.shmimage.height});
        break;
    }
}

/* Both ends until neither has anything to say. */
static void talk(void)
{
    for (int turn = 0; turn < 20; turn++) {
        struct gui_message message;
        CHECK(gui_agent_pump(&screen.agent) == GUI_OK);
        CHECK(screen_show(&screen) == GUI_OK);
        CHECK(gui_link_flush(&screen.agent.link) == GUI_OK);
        CHECK(gui_link_pump(&daemon_link) == GUI_OK);
        while (gui_link_next(&daemon_link, &message) == GUI_OK)
            take_message(&message);
    }
}

static void from_qemu(void)
{
    CHECK(rfb_take(&screen.rfb, sent.bytes, sent.size));
    sent.size = 0;
    talk();
}

static void tell(const struct gui_message *message)
{
    CHECK(gui_link_send(&daemon_link, message) == GUI_OK);
    CHECK(gui_link_flush(&daemon_link) == GUI_OK);
    talk();
}

static void connect_daemon(void)
{
    uint8_t version[GUI_VERSION_SIZE], xconf[GUI_XCONF_SIZE];
    memset(&seen, 0, sizeof seen);
    to_agent.size = to_daemon.size = 0;
    CHECK(gui_link_open(&daemon_link, transport(&daemon_end), GUI_TO_DAEMON, 1u << 20) == GUI_OK);
    CHECK(gui_agent_connect(&screen.agent, transport(&agent_end)) == GUI_OK);
    CHECK(gui_agent_pump(&screen.agent) == GUI_OK);
    CHECK(gui_link_pump(&daemon_link) == GUI_OK && gui_link_take(&daemon_link, version, sizeof version) == GUI_OK);
    gui_encode_version(GUI_PROTOCOL_VERSION, version);
    gui_encode_xconf(&(struct msg_xconf){1024, 768, 24, 3072}, xconf);
    CHECK(gui_link_put(&daemon_link, version, sizeof version) == GUI_OK);
    CHECK(gui_link_put(&daemon_link, xconf, sizeof xconf) == GUI_OK);
    CHECK(gui_link_flush(&daemon_link) == GUI_OK);
    talk();
}

static void disconnect_daemon(void)
{
    gui_agent_disconnect(&screen.agent);
    gui_link_close(&daemon_link);
}

static uint32_t pixel(uint32_t x, uint32_t y)
{
    return seen.pixels[y * 64 + x] & 0xffffff;
}

static void the_screen_is_a_window(void)
{
    add_hello(&sent, 32, 24);
    add_update(&sent, 2);
    add_rectangle(&sent, 0, 0, 0, 0, KEYS);
    add_pixels(&sent, 0, 0, 32, 24, 0x204060);
    CHECK(rfb_take(&screen.rfb, sent.bytes, sent.size)); /* before there is a daemon */
    sent.size = 0;
    connect_daemon();
    CHECK(seen.creates == 1 && seen.mapped && seen.width == 32 && seen.height == 24);
    CHECK(seen.least == 32 && seen.most == 32);
    CHECK(seen.buffer_width == 32 && seen.buffer_height == 24);
    CHECK(pixel(0, 0) == 0x204060 && pixel(31, 23) == 0x204060);
    CHECK(seen.shown.width == 32 && seen.shown.height == 24);
}

static void only_what_changed_is_sent(void)
{
    memset(&seen.shown, 0, sizeof seen.shown);
    add_update(&sent, 1);
    add_pixels(&sent, 5, 6, 7, 8, 0xff0000);
    from_qemu();
    CHECK(seen.shown.x == 5 && seen.shown.y == 6 && seen.shown.width == 7 && seen.shown.height == 8);
    CHECK(pixel(5, 6) == 0xff0000 && pixel(11, 13) == 0xff0000);
    CHECK(pixel(4, 6) == 0x204060 && pixel(12, 13) == 0x204060 && pixel(5, 14) == 0x204060);
}

static void the_window_follows_the_screen(void)
{
    add_update(&sent, 2);
    add_rectangle(&sent, 0, 0, 48, 40, RESIZED);
    add_pixels(&sent, 40, 30, 8, 10, 0x00ff00);
    from_qemu();
    CHECK(seen.creates == 1 && seen.width == 48 && seen.height == 40 && seen.most == 48);
    CHECK(seen.buffer_width == 48 && pixel(47, 39) == 0x00ff00 && pixel(0, 0) == 0);
}

static void a_daemon_that_comes_later_sees_the_same(void)
{
    disconnect_daemon();
    add_update(&sent, 1);
    add_pixels(&sent, 1, 1, 1, 1, 0x0000ff);
    CHECK(rfb_take(&screen.rfb, sent.bytes, sent.size));
    sent.size = 0;
    connect_daemon();
    CHECK(seen.creates == 1 && seen.width == 48 && pixel(1, 1) == 0x0000ff && pixel(47, 39) == 0x00ff00);
}

/* Are these the bytes that QEMU gets? They are forgotten. */
static bool qemu_got(const char *bytes, size_t size)
{
    bool equal = screen.rfb.out_size == size && memcmp(screen.rfb.out, bytes, size) == 0;
    rfb_sent(&screen.rfb, screen.rfb.out_size);
    return equal;
}

static void input_reaches_the_guest(void)
{
    struct gui_message key = {.type = MSG_KEYPRESS, .window = 1};
    rfb_sent(&screen.rfb, screen.rfb.out_size);
    key.body.keypress = (struct msg_keypress){GUI_KEY_PRESS, 3, 4, 0, 38}; /* a */
    tell(&key);
    CHECK(qemu_got("\377\0\0\1\0\0\0\0\0\0\0\36", 12));
    struct gui_message button = {.type = MSG_BUTTON, .window = 1};
    button.body.button = (struct msg_button){GUI_BUTTON_PRESS, 3, 4, 0, 3};
    tell(&button);
    CHECK(qemu_got("\5\4\0\3\0\4", 6));
    struct gui_message motion = {.type = MSG_MOTION, .window = 1};
    motion.body.motion = (struct msg_motion){(uint32_t)-7, 9, 0, 0};
    tell(&motion);
    CHECK(qemu_got("\5\4\0\0\0\11", 6));
    struct gui_message focus = {.type = MSG_FOCUS, .window = 1};
    focus.body.focus.type = GUI_FOCUS_OUT;
    tell(&focus); /* nothing stays pressed in a guest that nobody looks at */
    CHECK(qemu_got("\377\0\0\0\0\0\0\0\0\0\0\36\5\0\0\0\0\11", 18));
    key.body.keypress.keycode = 70000;
    tell(&key);
    button.body.button.button = 9;
    tell(&button);
    CHECK(qemu_got("", 0));
}

static void a_key_that_was_let_go_elsewhere_is_let_go(void)
{
    struct gui_message key = {.type = MSG_KEYPRESS, .window = 1};
    key.body.keypress = (struct msg_keypress){GUI_KEY_PRESS, 3, 4, 0, 111}; /* up */
    tell(&key);
    rfb_sent(&screen.rfb, screen.rfb.out_size);
    tell(&(struct gui_message){.type = MSG_KEYMAP_NOTIFY});
    CHECK(qemu_got("\377\0\0\0\0\0\0\0\0\0\0\310", 12));
}

static void the_user_cannot_resize_it(void)
{
    struct gui_message configure = {.type = MSG_CONFIGURE, .window = 1};
    configure.body.configure = (struct msg_configure){10, 20, 500, 400, 0};
    tell(&configure);
    CHECK(seen.width == 48 && seen.height == 40);
}

int main(void)
{
    screen_init(&screen);
    the_screen_is_a_window();
    only_what_changed_is_sent();
    the_window_follows_the_screen();
    a_daemon_that_comes_later_sees_the_same();
    input_reaches_the_guest();
    a_key_that_was_let_go_elsewhere_is_let_go();
    the_user_cannot_resize_it();
    disconnect_daemon();
    screen_free(&screen);
    puts("screen: all so");
    return 0;
}
