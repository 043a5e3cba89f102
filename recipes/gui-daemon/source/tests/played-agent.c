/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * A played agent over a real vchan: usage: played-agent ROLE. The role "honest" shows a window and
 * prints what it hears; each other role is an attack, after which it waits to be disconnected.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvchan.h>

#include <qubes-gui/codec.h>

static libvchan_t *vchan;

/* A daemon that has disconnected meanwhile has done what the test waits for. */
static void send_bytes(const void *data, size_t size)
{
    if (libvchan_write(vchan, data, size) != (int)size) {
        puts("disconnected");
        exit(0);
    }
}

static void send_message(const struct gui_message *message)
{
    static uint8_t bytes[GUI_MAX_MESSAGE];
    size_t size;

    if (gui_encode(GUI_TO_DAEMON, message, bytes, sizeof bytes, &size) != GUI_OK)
        abort();
    send_bytes(bytes, size);
}

static void send_words(uint32_t type, uint32_t window, const uint32_t words[9])
{
    struct gui_message message = {.type = type, .window = window};

    memcpy(message.body.words, words, sizeof message.body.words);
    send_message(&message);
}

#define SEND(type, window, ...) send_words(type, window, (const uint32_t[9]){__VA_ARGS__})

static void greet(void)
{
    uint8_t hello[GUI_VERSION_SIZE], answer[GUI_VERSION_SIZE + GUI_XCONF_SIZE];
    struct msg_xconf xconf;

    gui_encode_version(GUI_PROTOCOL_VERSION, hello);
    send_bytes(hello, sizeof hello);
    if (libvchan_recv(vchan, answer, sizeof answer) != (int)sizeof answer)
        exit(1);
    gui_decode_xconf(answer + GUI_VERSION_SIZE, &xconf);
    printf("desktop %u %u\n", xconf.w, xconf.h);
}

static void send_title(uint32_t window, const char *title)
{
    struct gui_message message = {.type = MSG_WMNAME, .window = window};

    memcpy(message.body.wmname.data, title, strlen(title));
    send_message(&message);
}

/* A window of one colour; menu: one that wants no window manager. */
static void show(uint32_t window, const char *title, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 uint32_t colour, uint32_t menu)
{
    static uint8_t pixels[GUI_MAX_DUMP_PIXELS * GUI_BYTES_PER_PIXEL];
    struct gui_message dump = {.type = MSG_WINDOW_DUMP, .window = window, .data = pixels};

    SEND(MSG_CREATE, window, x, y, width, height, 0, menu);
    send_title(window, title);
    SEND(MSG_MAP, window, 0, menu);
    dump.data_size = (size_t)width * height * GUI_BYTES_PER_PIXEL;
    for (size_t i = 0; i < dump.data_size; i++)
        pixels[i] = (uint8_t)(colour >> 8 * (i % 4));
    dump.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, width, height, 32};
    dump.body.dump.part = (struct msg_window_dump_inband){0, 0, width, height};
    send_message(&dump);
    SEND(MSG_SHMIMAGE, window, 0, 0, width, height);
}

static void print_heard(const struct gui_message *message)
{
    const uint32_t *words = message->body.words;

    if (message->type == MSG_CLIPBOARD_DATA)
        printf("%s %.*s\n", gui_type_name(message->type), (int)message->data_size, (const char *)message->data);
    else
        printf("%s %u %u %u %u %u\n", gui_type_name(message->type), words[0], words[1], words[2], words[3], words[4]);
}

/* Answers what an agent must answer. */
static void react(const struct gui_message *message)
{
    struct gui_message text = {.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)"from the domain", .data_size = 15};

    print_heard(message);
    if (message->type == MSG_CONFIGURE)
        send_words(MSG_CONFIGURE, message->window, message->body.words);
    if (message->type == MSG_CLIPBOARD_REQ)
        send_message(&text);
    if (message->type == MSG_CLOSE)
        SEND(MSG_DESTROY, message->window, 0);
}

static void listen_until_end(void)
{
    static uint8_t bytes[GUI_MAX_MESSAGE];
    size_t have = 0;
    int got;

    while ((got = libvchan_read(vchan, bytes + have, sizeof bytes - have)) > 0) {
        struct gui_message message;
        uint64_t used;

        have += (size_t)got;
        while (gui_decode(GUI_TO_AGENT, bytes, have, &message, &used) == GUI_OK) {
            react(&message);
            have -= (size_t)used;
            memmove(bytes, bytes + used, have);
        }
    }
    puts("disconnected");
}

static void honest(void)
{
    show(1, "Editor", 100, 120, 200, 150, 0x3366cc, 0);
    show(2, "Menu", 400, 50, 80, 60, 0x00cc66, 1);
}

static void hostile_title(void)
{
    show(1, "\x1b[2J\xe2\x80\xae" "rotidE", 100, 120, 200, 150, 0x3366cc, 0);
}

static void oversized(void)
{
    SEND(MSG_CREATE, 1, 0, 0, 0xffffffff, 0xffffffff, 0, 0);
}

static void bad_id(void)
{
    SEND(MSG_MAP, 77, 0, 0);
}

static void bad_dump(void)
{
    const uint32_t words[11] = {MSG_WINDOW_DUMP, 1, 36, WINDOW_DUMP_TYPE_INBAND, 10, 10, 32, 0xfffffff0, 5, 0x20, 1};
    uint8_t wire[44];

    show(1, "Editor", 0, 0, 10, 10, 0, 0);
    for (size_t i = 0; i < sizeof wire; i++)
        wire[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
    send_bytes(wire, sizeof wire);
}

static void many_windows(void)
{
    for (uint32_t id = 1;; id++)
        SEND(MSG_CREATE, id, 0, 0, 10, 10, 0, 0);
}

static void many_pixels(void)
{
    const uint8_t pixel[4] = {0};
    struct gui_message dump = {.type = MSG_WINDOW_DUMP, .data = pixel, .data_size = 4};

    dump.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, GUI_MAX_WIDTH, GUI_MAX_HEIGHT, 32};
    dump.body.dump.part = (struct msg_window_dump_inband){0, 0, 1, 1};
    for (dump.window = 1;; dump.window++) {
        SEND(MSG_CREATE, dump.window, 0, 0, 10, 10, 0, 0);
        send_message(&dump);
    }
}

static void noise(void)
{
    static uint8_t random[65536];
    uint32_t state = 7;

    for (size_t i = 0; i < sizeof random; i++) {
        state = state * 1664525 + 1013904223;
        random[i] = (uint8_t)(state >> 24);
    }
    send_bytes(random, sizeof random);
}

static void unasked_clipboard(void)
{
    struct gui_message text = {.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)"x", .data_size = 1};

    send_message(&text);
}

static const struct {
    const char *name;
    void (*act)(void);
} roles[] = {
    {"honest", honest},     {"hostile-title", hostile_title}, {"oversized", oversized},
    {"bad-id", bad_id},     {"bad-dump", bad_dump},           {"many-windows", many_windows},
    {"many-pixels", many_pixels}, {"noise", noise},           {"unasked-clipboard", unasked_clipboard},
};

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; argc == 2 && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(argv[1], roles[i].name) != 0)
            continue;
        vchan = libvchan_server_init(0, GUI_VCHAN_PORT, 65536, 65536);
        if (!vchan) {
            perror("played-agent");
            return 1;
        }
        greet();
        roles[i].act();
        listen_until_end();
        libvchan_close(vchan);
        return 0;
    }
    fputs("usage: played-agent ROLE\n", stderr);
    return 2;
}
