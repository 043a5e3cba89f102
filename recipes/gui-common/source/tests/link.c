/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Messages cut at every byte, a reader that stalls, ends in the middle, skipped messages. */
#include <qubes-gui/link.h>

#include "check.h"
#include "pipe.h"

static struct pipe pipe;

static void start(struct gui_link *link, enum gui_direction receives, size_t window, size_t limit)
{
    memset(&pipe, 0, sizeof pipe);
    pipe.window = window;
    CHECK(gui_link_open(link, pipe_transport(&pipe), receives, limit) == GUI_OK);
}

static struct gui_message cursor(uint32_t window)
{
    struct gui_message message = {.type = MSG_CURSOR, .window = window};

    message.body.cursor.cursor = window * 3;
    return message;
}

static void messages_arrive_whole_however_they_are_cut(void)
{
    struct gui_link link;
    struct gui_message in, out;

    for (size_t window = 1; window < 40; window++) {
        unsigned got = 0;

        start(&link, GUI_TO_DAEMON, window, 4096);
        for (uint32_t i = 1; i <= 20; i++) {
            in = cursor(i);
            pipe_send(&pipe, GUI_TO_DAEMON, &in);
        }
        while (pipe.to_size || got < 20) {
            CHECK(gui_link_pump(&link) == GUI_OK);
            while (gui_link_next(&link, &out) == GUI_OK) {
                got++;
                CHECK(out.window == got && out.body.cursor.cursor == got * 3);
            }
        }
        CHECK(got == 20 && !gui_link_readable(&link));
        gui_link_close(&link);
    }
}

static void the_longest_message_fits(void)
{
    static uint8_t pixels[GUI_MAX_DUMP_PIXELS * GUI_BYTES_PER_PIXEL];
    struct gui_message in = {.type = MSG_WINDOW_DUMP, .window = 1, .data = pixels, .data_size = sizeof pixels}, out;
    struct gui_link link;
    enum gui_status status;

    in.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, 256, 256, 32};
    in.body.dump.part = (struct msg_window_dump_inband){0, 0, 256, 256};
    start(&link, GUI_TO_DAEMON, 5000, 4096);
    pipe_give(&pipe, "", 0);
    pipe_send(&pipe, GUI_TO_DAEMON, &in);
    do {
        CHECK(gui_link_pump(&link) == GUI_OK);
        status = gui_link_next(&link, &out);
    } while (status == GUI_INCOMPLETE);
    CHECK(status == GUI_OK && out.data_size == sizeof pixels);
    gui_link_close(&link);
}

static void a_reader_that_stalls_fills_the_queue_and_no_more(void)
{
    struct gui_link link;
    struct gui_message message = {.type = MSG_CLOSE}, out;
    unsigned queued = 0, got = 0;

    start(&link, GUI_TO_DAEMON, 0, 1000);
    while (gui_link_send(&link, &message) == GUI_OK) {
        queued++;
        message.window++;
        CHECK(gui_link_pump(&link) == GUI_OK);
    }
    CHECK(queued == 1000 / GUI_HEADER_SIZE && gui_link_backlog(&link) <= 1000);
    CHECK(gui_link_put(&link, pipe.to_link, 100) == GUI_FULL);

    /* It reads again, a little at a time, while more is queued behind. */
    pipe.window = 5;
    while (got < 500) {
        if (gui_link_send(&link, &message) == GUI_OK)
            message.window++;
        CHECK(gui_link_flush(&link) == GUI_OK);
        while (pipe_next(&pipe, GUI_TO_AGENT, &out))
            CHECK(out.type == MSG_CLOSE && out.window == got++);
    }
    gui_link_close(&link);
}

static void what_arrived_before_the_end_is_taken(void)
{
    struct gui_link link;
    struct gui_message in = cursor(1), out;
    uint8_t byte;

    start(&link, GUI_TO_DAEMON, 100, 100);
    pipe_send(&pipe, GUI_TO_DAEMON, &in);
    pipe_give(&pipe, "half", 4);
    pipe.closed = true;
    CHECK(gui_link_pump(&link) == GUI_OK);
    CHECK(gui_link_next(&link, &out) == GUI_OK);
    CHECK(gui_link_next(&link, &out) == GUI_CLOSED);
    CHECK(gui_link_pump(&link) == GUI_CLOSED && gui_link_take(&link, &byte, 1) == GUI_CLOSED);
    CHECK(gui_link_send(&link, &in) == GUI_CLOSED && gui_link_flush(&link) == GUI_CLOSED);
    gui_link_close(&link);

    start(&link, GUI_TO_DAEMON, 100, 100);
    pipe.closed = true;
    CHECK(gui_link_pump(&link) == GUI_CLOSED);
    gui_link_close(&link);
}

static void a_handshake_waits_for_all_of_its_bytes(void)
{
    struct gui_link link;
    uint8_t bytes[4];

    start(&link, GUI_TO_DAEMON, 100, 100);
    pipe_give(&pipe, "abc", 3);
    CHECK(gui_link_pump(&link) == GUI_OK && gui_link_take(&link, bytes, 4) == GUI_INCOMPLETE);
    pipe_give(&pipe, "d", 1);
    CHECK(gui_link_pump(&link) == GUI_OK && gui_link_take(&link, bytes, 4) == GUI_OK);
    CHECK(memcmp(bytes, "abcd", 4) == 0);
    gui_link_close(&link);
}

static void an_agent_skips_what_it_does_not_know(void)
{
    static uint8_t unknown[GUI_HEADER_SIZE + 600000] = {0xff, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x27, 9, 0};
    struct gui_message in = {.type = MSG_CLOSE, .window = 5}, out;
    struct gui_link link;

    start(&link, GUI_TO_AGENT, 70000, 100);
    pipe_give(&pipe, unknown, sizeof unknown);
    unknown[0] = MSG_EXECUTE;
    unknown[1] = 0;
    pipe_give(&pipe, unknown, sizeof unknown);
    pipe_send(&pipe, GUI_TO_AGENT, &in);
    while (gui_link_next(&link, &out) == GUI_INCOMPLETE)
        CHECK(gui_link_pump(&link) == GUI_OK);
    CHECK(out.type == MSG_CLOSE && out.window == 5);
    gui_link_close(&link);
}

static void a_violation_ends_the_link_for_good(void)
{
    const uint8_t unknown[GUI_HEADER_SIZE] = {1};
    struct gui_message good = cursor(1), out;
    struct gui_link link;

    start(&link, GUI_TO_DAEMON, 1000, 100);
    pipe_give(&pipe, unknown, sizeof unknown);
    pipe_send(&pipe, GUI_TO_DAEMON, &good);
    CHECK(gui_link_pump(&link) == GUI_OK);
    for (int i = 0; i < 3; i++)
        CHECK(gui_link_next(&link, &out) == GUI_UNKNOWN_TYPE);
    CHECK(gui_link_pump(&link) == GUI_UNKNOWN_TYPE);
    gui_link_close(&link);
}

int main(void)
{
    messages_arrive_whole_however_they_are_cut();
    the_longest_message_fits();
    a_reader_that_stalls_fills_the_queue_and_no_more();
    what_arrived_before_the_end_is_taken();
    a_handshake_waits_for_all_of_its_bytes();
    an_agent_skips_what_it_does_not_know();
    a_violation_ends_the_link_for_good();
    return 0;
}
