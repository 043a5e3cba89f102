/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Every message of both directions at every length; hostile headers and dumps. */
#include <string.h>

#include <qubes-gui/codec.h>

#include "check.h"

#define HUGE_LENGTH 0xffffffffu

/* The public description's table: body length, or -1 variable, -2 obsolete; who may send. */
static const struct {
    uint32_t type;
    const char *name;
    int to_agent, to_daemon;
    int length;
} table[] = {
    {124, "MSG_KEYPRESS", 1, 0, 20},       {125, "MSG_BUTTON", 1, 0, 20},
    {126, "MSG_MOTION", 1, 0, 16},         {127, "MSG_CROSSING", 1, 0, 28},
    {128, "MSG_FOCUS", 1, 0, 12},          {129, "MSG_RESIZE", 1, 0, -2},
    {130, "MSG_CREATE", 0, 1, 24},         {131, "MSG_DESTROY", 0, 1, 0},
    {132, "MSG_MAP", 1, 1, 8},             {133, "MSG_UNMAP", 0, 1, 0},
    {134, "MSG_CONFIGURE", 1, 1, 20},      {135, "MSG_MFNDUMP", 0, 1, -2},
    {136, "MSG_SHMIMAGE", 0, 1, 16},       {137, "MSG_CLOSE", 1, 0, 0},
    {138, "MSG_EXECUTE", 1, 0, -2},        {139, "MSG_CLIPBOARD_REQ", 1, 0, 0},
    {140, "MSG_CLIPBOARD_DATA", 1, 1, -1}, {141, "MSG_WMNAME", 0, 1, 128},
    {142, "MSG_KEYMAP_NOTIFY", 1, 0, 32},  {143, "MSG_DOCK", 0, 1, 0},
    {144, "MSG_WINDOW_HINTS", 0, 1, 36},   {145, "MSG_WINDOW_FLAGS", 1, 1, 8},
    {146, "MSG_WMCLASS", 0, 1, 128},       {147, "MSG_WINDOW_DUMP", 0, 1, -1},
    {148, "MSG_CURSOR", 0, 1, 4},
};
#define TYPES (sizeof table / sizeof table[0])

static uint8_t buffer[GUI_MAX_MESSAGE + 16];

static void put(size_t at, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        buffer[at + (size_t)i] = (uint8_t)(word >> 8 * i);
}

static void header(uint32_t type, uint32_t window, uint32_t length)
{
    put(0, type);
    put(4, window);
    put(8, length);
}

static void dump(uint32_t type, uint32_t width, uint32_t height, uint32_t bpp, uint32_t x, uint32_t y, uint32_t w,
                 uint32_t h, uint32_t length)
{
    const uint32_t words[] = {type, width, height, bpp, x, y, w, h};

    header(MSG_WINDOW_DUMP, 1, length);
    for (size_t i = 0; i < 8; i++)
        put(GUI_HEADER_SIZE + 4 * i, words[i]);
}

static enum gui_status decode(enum gui_direction direction, size_t size)
{
    struct gui_message message;
    uint64_t used;
    /* An exact copy, so that a sanitized run sees any read beyond it. */
    uint8_t *exact = malloc(size ? size : 1);
    enum gui_status status;

    CHECK(exact);
    memcpy(exact, buffer, size);
    status = gui_decode(direction, exact, size, &message, &used);
    CHECK(status != GUI_OK || used <= size);
    CHECK(status != GUI_INCOMPLETE || (used > size && used <= GUI_MAX_MESSAGE));
    free(exact);
    return status;
}

static void names_and_numbers_are_those_of_the_public_description(void)
{
    for (size_t i = 0; i < TYPES; i++)
        CHECK(strcmp(gui_type_name(table[i].type), table[i].name) == 0);
    CHECK(strcmp(gui_type_name(123), "MSG_UNKNOWN") == 0);
    CHECK(strcmp(gui_type_name(149), "MSG_UNKNOWN") == 0);
    CHECK(sizeof(struct msg_hdr) == GUI_HEADER_SIZE);
    CHECK(sizeof(struct msg_version) == GUI_VERSION_SIZE);
    CHECK(sizeof(struct msg_xconf) == GUI_XCONF_SIZE);
    CHECK(sizeof(struct msg_window_dump_hdr) + sizeof(struct msg_window_dump_inband) == GUI_DUMP_FIXED_SIZE);
}

static void a_fixed_message_has_exactly_one_length(void)
{
    for (size_t i = 0; i < TYPES; i++) {
        enum gui_direction good = table[i].to_agent ? GUI_TO_AGENT : GUI_TO_DAEMON;

        if (table[i].length < 0)
            continue;
        for (uint32_t length = 0; length <= 300; length++) {
            header(table[i].type, 7, length);
            CHECK(decode(good, GUI_HEADER_SIZE + length) ==
                  (length == (uint32_t)table[i].length ? GUI_OK : GUI_BAD_LENGTH));
        }
        header(table[i].type, 7, HUGE_LENGTH);
        CHECK(decode(good, GUI_HEADER_SIZE) == GUI_BAD_LENGTH);
    }
}

static void a_message_of_the_wrong_direction_is_refused(void)
{
    for (size_t i = 0; i < TYPES; i++) {
        header(table[i].type, 7, table[i].length > 0 ? (uint32_t)table[i].length : 0);
        if (!table[i].to_daemon)
            CHECK(decode(GUI_TO_DAEMON, sizeof buffer) == GUI_WRONG_DIRECTION);
        if (!table[i].to_agent)
            CHECK(decode(GUI_TO_AGENT, sizeof buffer) == GUI_WRONG_DIRECTION);
    }
}

static void obsolete_and_unknown_messages_are_refused_with_their_length(void)
{
    struct gui_message message;
    uint64_t used;

    for (size_t i = 0; i < TYPES; i++) {
        if (table[i].length != -2)
            continue;
        header(table[i].type, 7, 8);
        CHECK(decode(table[i].to_agent ? GUI_TO_AGENT : GUI_TO_DAEMON, GUI_HEADER_SIZE + 8) == GUI_OBSOLETE);
    }
    for (uint32_t type = 0; type < 1000; type++) {
        if (type >= 124 && type <= 148)
            continue;
        header(type, 7, HUGE_LENGTH);
        CHECK(gui_decode(GUI_TO_AGENT, buffer, sizeof buffer, &message, &used) == GUI_UNKNOWN_TYPE);
        CHECK(used == (uint64_t)HUGE_LENGTH + GUI_HEADER_SIZE);
    }
    header(HUGE_LENGTH, 7, 0);
    CHECK(decode(GUI_TO_DAEMON, GUI_HEADER_SIZE) == GUI_UNKNOWN_TYPE);
}

static void every_truncation_asks_for_more_and_reads_nothing_beyond(void)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (table[i].length < 0)
            continue;
        header(table[i].type, 7, (uint32_t)table[i].length);
        for (size_t size = 0; size < GUI_HEADER_SIZE + (size_t)table[i].length; size++)
            CHECK(decode(table[i].to_agent ? GUI_TO_AGENT : GUI_TO_DAEMON, size) == GUI_INCOMPLETE);
    }
    dump(WINDOW_DUMP_TYPE_INBAND, 4, 4, 32, 1, 1, 2, 2, 32 + 16);
    for (size_t size = 0; size < GUI_HEADER_SIZE + 48; size++)
        CHECK(decode(GUI_TO_DAEMON, size) == GUI_INCOMPLETE);
    CHECK(decode(GUI_TO_DAEMON, GUI_HEADER_SIZE + 48) == GUI_OK);
}

static void a_clipboard_is_bounded_before_it_arrives(void)
{
    struct gui_message message;
    uint64_t used;

    header(MSG_CLIPBOARD_DATA, 0, GUI_MAX_CLIPBOARD);
    CHECK(gui_decode(GUI_TO_DAEMON, buffer, sizeof buffer, &message, &used) == GUI_OK);
    CHECK(message.data == buffer + GUI_HEADER_SIZE && message.data_size == GUI_MAX_CLIPBOARD);
    header(MSG_CLIPBOARD_DATA, 0, 0);
    CHECK(gui_decode(GUI_TO_AGENT, buffer, GUI_HEADER_SIZE, &message, &used) == GUI_OK);
    CHECK(message.data_size == 0);
    header(MSG_CLIPBOARD_DATA, 0, GUI_MAX_CLIPBOARD + 1);
    CHECK(decode(GUI_TO_DAEMON, GUI_HEADER_SIZE) == GUI_TOO_LARGE);
    header(MSG_CLIPBOARD_DATA, 0, HUGE_LENGTH);
    CHECK(decode(GUI_TO_DAEMON, GUI_HEADER_SIZE) == GUI_TOO_LARGE);
}

static void a_dump_outside_its_window_is_refused_before_its_pixels(void)
{
    const uint32_t in = WINDOW_DUMP_TYPE_INBAND, huge = HUGE_LENGTH;
    const struct {
        uint32_t type, width, height, bpp, x, y, w, h, length;
        enum gui_status status;
    } cases[] = {
        {in, 10, 10, 32, 0, 0, 10, 10, 32 + 400, GUI_OK},
        {in, 10, 10, 32, 9, 9, 1, 1, 32 + 4, GUI_OK},
        {in, GUI_MAX_WIDTH, GUI_MAX_HEIGHT, 32, 0, GUI_MAX_HEIGHT - 4, GUI_MAX_WIDTH, 4, 32 + 4 * GUI_MAX_DUMP_PIXELS,
         GUI_OK},
        {in, 10, 10, 32, 1, 0, 10, 10, 32 + 400, GUI_OUT_OF_BOUNDS},
        {in, 10, 10, 32, 0, 1, 10, 10, 32 + 400, GUI_OUT_OF_BOUNDS},
        {in, 10, 10, 32, 10, 0, 1, 1, 32 + 4, GUI_OUT_OF_BOUNDS},
        {in, 10, 10, 32, huge, 0, 2, 1, 32 + 8, GUI_OUT_OF_BOUNDS},
        {in, 10, 10, 32, 0, huge - 3, 1, 8, 32 + 32, GUI_OUT_OF_BOUNDS},
        {in, 10, 10, 32, 5, 5, huge - 4, 1, 32, GUI_OUT_OF_BOUNDS},
        {in, 10, 10, 32, 0, 0, 0, 0, 32, GUI_OUT_OF_BOUNDS},
        {in, 0, 0, 32, 0, 0, 0, 0, 32, GUI_TOO_LARGE},
        {in, GUI_MAX_WIDTH + 1, 1, 32, 0, 0, 1, 1, 36, GUI_TOO_LARGE},
        {in, 1, GUI_MAX_HEIGHT + 1, 32, 0, 0, 1, 1, 36, GUI_TOO_LARGE},
        {in, huge, huge, 32, 0, 0, huge, huge, 32 + 4, GUI_TOO_LARGE},
        /* 65536 x 65536 pixels are 0 bytes in 32 bits. */
        {in, 65536, 65536, 32, 0, 0, 65536, 65536, 32, GUI_TOO_LARGE},
        {in, 300, 300, 32, 0, 0, 300, 300, 32 + 4 * GUI_MAX_DUMP_PIXELS, GUI_TOO_LARGE},
        {in, 10, 10, 24, 0, 0, 10, 10, 32 + 300, GUI_BAD_PIXEL_FORMAT},
        {in, 10, 10, 32, 0, 0, 10, 10, 32 + 399, GUI_BAD_LENGTH},
        {in, 10, 10, 32, 0, 0, 10, 10, 32 + 401, GUI_BAD_LENGTH},
        {in, 10, 10, 32, 0, 0, 10, 10, 31, GUI_BAD_LENGTH},
        {in, 10, 10, 32, 0, 0, 10, 10, 15, GUI_BAD_LENGTH},
        {in, 10, 10, 32, 0, 0, 10, 10, huge, GUI_TOO_LARGE},
        {WINDOW_DUMP_TYPE_GRANT_REFS, 10, 10, 32, 0, 0, 0, 0, 32, GUI_BAD_DUMP_TYPE},
        {1, 10, 10, 32, 0, 0, 0, 0, 32, GUI_BAD_DUMP_TYPE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t have = cases[i].status == GUI_OK ? sizeof buffer : GUI_HEADER_SIZE + GUI_DUMP_FIXED_SIZE;

        dump(cases[i].type, cases[i].width, cases[i].height, cases[i].bpp, cases[i].x, cases[i].y, cases[i].w,
             cases[i].h, cases[i].length);
        CHECK(decode(GUI_TO_DAEMON, have) == cases[i].status);
    }
}

static void what_is_encoded_decodes_to_the_same(void)
{
    uint8_t pixels[64];

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < TYPES; i++) {
        enum gui_direction direction = table[i].to_agent ? GUI_TO_AGENT : GUI_TO_DAEMON;
        struct gui_message in = {.type = table[i].type, .window = 0x80000001}, out;
        size_t size;
        uint64_t used;

        if (table[i].length == -2) {
            CHECK(gui_encode(direction, &in, buffer, sizeof buffer, &size) == GUI_OBSOLETE);
            continue;
        }
        for (int byte = 0; byte < table[i].length; byte++)
            in.body.bytes[byte] = (uint8_t)(byte * 5 + 1);
        if (in.type == MSG_WINDOW_DUMP) {
            in.body.dump.hdr = (struct msg_window_dump_hdr){WINDOW_DUMP_TYPE_INBAND, 9, 8, 32};
            in.body.dump.part = (struct msg_window_dump_inband){5, 4, 4, 4};
        }
        if (table[i].length == -1) {
            in.data = pixels;
            in.data_size = sizeof pixels;
        }
        CHECK(gui_encode(direction, &in, buffer, sizeof buffer, &size) == GUI_OK);
        CHECK(size == gui_encoded_size(&in));
        CHECK(gui_decode(direction, buffer, size, &out, &used) == GUI_OK && used == size);
        CHECK(out.type == in.type && out.window == in.window && out.data_size == in.data_size);
        CHECK(memcmp(&out.body, &in.body, sizeof in.body) == 0);
        CHECK(!in.data_size || memcmp(out.data, pixels, sizeof pixels) == 0);
        for (size_t room = 0; room < size; room++) {
            size_t written;

            CHECK(gui_encode(direction, &in, buffer, room, &written) == GUI_FULL && written == 0);
        }
    }
}

static void impossible_messages_are_not_encoded(void)
{
    static uint8_t data[GUI_MAX_CLIPBOARD + 1];
    struct gui_message clipboard = {.type = MSG_CLIPBOARD_DATA, .data = data, .data_size = sizeof data};
    struct gui_message create = {.type = MSG_CREATE, .data = data, .data_size = 1};
    struct gui_message pixels = {.type = MSG_WINDOW_DUMP, .data = data, .data_size = 4};
    struct gui_message unknown = {.type = 5};
    size_t size;

    CHECK(gui_encode(GUI_TO_AGENT, &clipboard, buffer, sizeof buffer, &size) == GUI_BAD_LENGTH);
    CHECK(gui_encode(GUI_TO_DAEMON, &create, buffer, sizeof buffer, &size) == GUI_BAD_LENGTH);
    CHECK(gui_encode(GUI_TO_DAEMON, &pixels, buffer, sizeof buffer, &size) == GUI_BAD_LENGTH);
    CHECK(gui_encode(GUI_TO_AGENT, &create, buffer, sizeof buffer, &size) == GUI_WRONG_DIRECTION);
    CHECK(gui_encode(GUI_TO_AGENT, &unknown, buffer, sizeof buffer, &size) == GUI_UNKNOWN_TYPE && size == 0);
}

static void integers_are_little_endian(void)
{
    struct gui_message message = {.type = MSG_CURSOR, .window = 0x01020304};
    const uint8_t expected[] = {148, 0, 0, 0, 4, 3, 2, 1, 4, 0, 0, 0, 0x9a, 1, 0, 0};
    size_t size;

    message.body.cursor.cursor = GUI_CURSOR_X11_MAX;
    CHECK(gui_encode(GUI_TO_DAEMON, &message, buffer, sizeof buffer, &size) == GUI_OK);
    CHECK(size == sizeof expected && memcmp(buffer, expected, size) == 0);
}

int main(void)
{
    names_and_numbers_are_those_of_the_public_description();
    a_fixed_message_has_exactly_one_length();
    a_message_of_the_wrong_direction_is_refused();
    obsolete_and_unknown_messages_are_refused_with_their_length();
    every_truncation_asks_for_more_and_reads_nothing_beyond();
    a_clipboard_is_bounded_before_it_arrives();
    a_dump_outside_its_window_is_refused_before_its_pixels();
    what_is_encoded_decodes_to_the_same();
    impossible_messages_are_not_encoded();
    integers_are_little_endian();
    return 0;
}
