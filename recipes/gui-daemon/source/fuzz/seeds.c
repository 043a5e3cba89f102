/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Writes sequences of messages from honest agents: usage: seeds DIRECTORY. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qubes-gui/codec.h>

static uint8_t bytes[1u << 16];
static size_t length;

static void add(const struct gui_message *message)
{
    size_t size;

    if (gui_encode(GUI_TO_DAEMON, message, bytes + length, sizeof bytes - length, &size) != GUI_OK)
        abort();
    length += size;
}

static void add_words(uint32_t type, uint32_t window, const uint32_t words[9])
{
    struct gui_message message = {.type = type, .window = window};

    memcpy(message.body.words, words, sizeof message.body.words);
    add(&message);
}

#define ADD(type, window, ...) add_words(type, window, (const uint32_t[9]){__VA_ARGS__})

static void add_pixels(uint32_t window)
{
    static const uint8_t pixels[40 * 4];
    struct gui_message message = {.type = MSG_WINDOW_DUMP, .window = window, .data = pixels, .data_size = sizeof pixels};

    message.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, 20, 10, 32};
    message.body.dump.part = (struct msg_window_dump_inband){0, 2, 20, 2};
    add(&message);
    ADD(MSG_SHMIMAGE, window, 0, 2, 20, 2);
}

static void add_text(uint32_t type, uint32_t window, const char *text)
{
    struct gui_message message = {.type = type, .window = window};

    memcpy(message.body.bytes, text, strlen(text));
    add(&message);
}

static void save(const char *directory, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    length = 0;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    ADD(MSG_CREATE, 1, 5, 6, 20, 10, 0, 0);
    add_text(MSG_WMCLASS, 1, "Editor");
    ADD(MSG_WINDOW_HINTS, 1, 0x170, 1, 1, 50, 50, 1, 1, 1, 1);
    add_text(MSG_WMNAME, 1, "T\xc3\xaftle\xe2\x80\xae");
    ADD(MSG_CURSOR, 1, 0x198);
    ADD(MSG_MAP, 1, 0, 0);
    add_pixels(1);
    ADD(MSG_CONFIGURE, 1, 7, 8, 30, 20, 0);
    add_pixels(1);
    ADD(MSG_UNMAP, 1, 0);
    ADD(MSG_DESTROY, 1, 0);
    save(argv[1], "editor");

    ADD(MSG_CREATE, 1, 5, 6, 20, 10, 0, 0);
    ADD(MSG_CREATE, 2, 5, 6, 900, 700, 0, 1);
    ADD(MSG_MAP, 2, 1, 1);
    ADD(MSG_MAP, 1, 2, 0);
    add_pixels(2);
    ADD(MSG_CONFIGURE, 2, 0, 0, 20, 20, 1);
    ADD(MSG_WINDOW_FLAGS, 1, 7, 2);
    ADD(MSG_DOCK, 1, 0);
    ADD(MSG_DESTROY, 1, 0);
    add_pixels(2);
    save(argv[1], "menu");
    return 0;
}
