/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Writes one seed for each message and direction: usage: seeds DIRECTORY. */
#include <stdio.h>
#include <stdlib.h>

#include <qubes-gui/codec.h>

static void write_seed(const char *directory, enum gui_direction direction, const struct gui_message *message)
{
    static uint8_t bytes[1 + GUI_MAX_MESSAGE];
    char path[4096];
    size_t size;
    FILE *file;

    if (gui_encode(direction, message, bytes + 1, sizeof bytes - 1, &size) != GUI_OK)
        return;
    bytes[0] = direction == GUI_TO_DAEMON;
    snprintf(path, sizeof path, "%s/%s-%d", directory, gui_type_name(message->type), (int)direction);
    file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size + 1, file) != size + 1 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static const uint8_t data[4 * 6] = {1, 2, 3};

    if (argc != 2)
        return 2;
    for (uint32_t type = MSG_KEYPRESS; type <= MSG_CURSOR; type++) {
        struct gui_message message = {.type = type, .window = 1};

        for (uint32_t i = 0; i < 9; i++)
            message.body.words[i] = 3 + i;
        if (type == MSG_WINDOW_DUMP) {
            message.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, 5, 4, 32};
            message.body.dump.part = (struct msg_window_dump_inband){1, 1, 3, 2};
        }
        if (type == MSG_WINDOW_DUMP || type == MSG_CLIPBOARD_DATA) {
            message.data = data;
            message.data_size = sizeof data;
        }
        write_seed(argv[1], GUI_TO_DAEMON, &message);
        write_seed(argv[1], GUI_TO_AGENT, &message);
    }
    return 0;
}
