/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Encoding and decoding by one table: a row says how long a message is and who may send it. */
#include <qubes-gui/codec.h>

#include <string.h>

#include <qubes-gui/rect.h>

enum shape {
    WORDS,     /* a fixed number of 32-bit integers */
    BYTES,     /* a fixed number of bytes */
    CLIPBOARD, /* as many bytes as the header says, within the limit */
    DUMP,      /* MSG_WINDOW_DUMP: integers, then pixels */
    GONE,      /* obsolete */
};

struct row {
    const char *name;
    int directions;
    enum shape shape;
    uint32_t count;
};

#define BOTH (GUI_TO_DAEMON | GUI_TO_AGENT)
#define FIRST_TYPE MSG_KEYPRESS

static const struct row rows[] = {
    [MSG_KEYPRESS - FIRST_TYPE] = {"MSG_KEYPRESS", GUI_TO_AGENT, WORDS, 5},
    [MSG_BUTTON - FIRST_TYPE] = {"MSG_BUTTON", GUI_TO_AGENT, WORDS, 5},
    [MSG_MOTION - FIRST_TYPE] = {"MSG_MOTION", GUI_TO_AGENT, WORDS, 4},
    [MSG_CROSSING - FIRST_TYPE] = {"MSG_CROSSING", GUI_TO_AGENT, WORDS, 7},
    [MSG_FOCUS - FIRST_TYPE] = {"MSG_FOCUS", GUI_TO_AGENT, WORDS, 3},
    [MSG_RESIZE - FIRST_TYPE] = {"MSG_RESIZE", GUI_TO_AGENT, GONE, 0},
    [MSG_CREATE - FIRST_TYPE] = {"MSG_CREATE", GUI_TO_DAEMON, WORDS, 6},
    [MSG_DESTROY - FIRST_TYPE] = {"MSG_DESTROY", GUI_TO_DAEMON, WORDS, 0},
    [MSG_MAP - FIRST_TYPE] = {"MSG_MAP", BOTH, WORDS, 2},
    [MSG_UNMAP - FIRST_TYPE] = {"MSG_UNMAP", GUI_TO_DAEMON, WORDS, 0},
    [MSG_CONFIGURE - FIRST_TYPE] = {"MSG_CONFIGURE", BOTH, WORDS, 5},
    [MSG_MFNDUMP - FIRST_TYPE] = {"MSG_MFNDUMP", GUI_TO_DAEMON, GONE, 0},
    [MSG_SHMIMAGE - FIRST_TYPE] = {"MSG_SHMIMAGE", GUI_TO_DAEMON, WORDS, 4},
    [MSG_CLOSE - FIRST_TYPE] = {"MSG_CLOSE", GUI_TO_AGENT, WORDS, 0},
    [MSG_EXECUTE - FIRST_TYPE] = {"MSG_EXECUTE", GUI_TO_AGENT, GONE, 0},
    [MSG_CLIPBOARD_REQ - FIRST_TYPE] = {"MSG_CLIPBOARD_REQ", GUI_TO_AGENT, WORDS, 0},
    [MSG_CLIPBOARD_DATA - FIRST_TYPE] = {"MSG_CLIPBOARD_DATA", BOTH, CLIPBOARD, 0},
    [MSG_WMNAME - FIRST_TYPE] = {"MSG_WMNAME", GUI_TO_DAEMON, BYTES, 128},
    [MSG_KEYMAP_NOTIFY - FIRST_TYPE] = {"MSG_KEYMAP_NOTIFY", GUI_TO_AGENT, BYTES, 32},
    [MSG_DOCK - FIRST_TYPE] = {"MSG_DOCK", GUI_TO_DAEMON, WORDS, 0},
    [MSG_WINDOW_HINTS - FIRST_TYPE] = {"MSG_WINDOW_HINTS", GUI_TO_DAEMON, WORDS, 9},
    [MSG_WINDOW_FLAGS - FIRST_TYPE] = {"MSG_WINDOW_FLAGS", BOTH, WORDS, 2},
    [MSG_WMCLASS - FIRST_TYPE] = {"MSG_WMCLASS", GUI_TO_DAEMON, BYTES, 128},
    [MSG_WINDOW_DUMP - FIRST_TYPE] = {"MSG_WINDOW_DUMP", GUI_TO_DAEMON, DUMP, 8},
    [MSG_CURSOR - FIRST_TYPE] = {"MSG_CURSOR", GUI_TO_DAEMON, WORDS, 1},
};

static const struct row *row_of(uint32_t type)
{
    if (type < FIRST_TYPE || type - FIRST_TYPE >= sizeof rows / sizeof rows[0])
        return NULL;
    return &rows[type - FIRST_TYPE];
}

const char *gui_type_name(uint32_t type)
{
    const struct row *row = row_of(type);
    return row ? row->name : "MSG_UNKNOWN";
}

static uint32_t get_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void put_word(uint8_t *bytes, uint32_t word)
{
    bytes[0] = (uint8_t)word;
    bytes[1] = (uint8_t)(word >> 8);
    bytes[2] = (uint8_t)(word >> 16);
    bytes[3] = (uint8_t)(word >> 24);
}

/* The fixed part of a dump, checked; *pixel_bytes is what must follow it. */
static enum gui_status check_dump(const uint32_t words[8], uint32_t *pixel_bytes)
{
    struct gui_rect part = {words[4], words[5], words[6], words[7]};

    if (words[0] != WINDOW_DUMP_TYPE_INBAND)
        return GUI_BAD_DUMP_TYPE;
    if (words[3] != 8 * GUI_BYTES_PER_PIXEL)
        return GUI_BAD_PIXEL_FORMAT;
    if (!words[1] || !words[2] || words[1] > GUI_MAX_WIDTH || words[2] > GUI_MAX_HEIGHT)
        return GUI_TOO_LARGE;
    if (!gui_rect_inside(part, words[1], words[2]))
        return GUI_OUT_OF_BOUNDS;
    if (part.height > GUI_MAX_DUMP_PIXELS / part.width)
        return GUI_TOO_LARGE;
    *pixel_bytes = part.width * part.height * GUI_BYTES_PER_PIXEL;
    return GUI_OK;
}

/* What the claimed body length may be, from the header alone. */
static enum gui_status check_length(const struct row *row, uint32_t claimed)
{
    switch (row->shape) {
    case WORDS:
        return claimed == row->count * 4 ? GUI_OK : GUI_BAD_LENGTH;
    case BYTES:
        return claimed == row->count ? GUI_OK : GUI_BAD_LENGTH;
    case CLIPBOARD:
        return claimed <= GUI_MAX_CLIPBOARD ? GUI_OK : GUI_TOO_LARGE;
    case DUMP:
        if (claimed < sizeof(struct msg_window_dump_hdr))
            return GUI_BAD_LENGTH;
        return claimed <= GUI_MAX_MESSAGE - GUI_HEADER_SIZE ? GUI_OK : GUI_TOO_LARGE;
    case GONE:
        break;
    }
    return GUI_OBSOLETE;
}

/* A dump is judged by its fixed part as soon as that is there, before its pixels arrive. */
static enum gui_status decode_dump(const uint8_t *body, size_t have, uint32_t claimed, struct gui_message *out)
{
    uint32_t pixel_bytes = 0;
    enum gui_status status;

    if (have < 4)
        return GUI_INCOMPLETE;
    if (get_word(body) != WINDOW_DUMP_TYPE_INBAND)
        return GUI_BAD_DUMP_TYPE;
    if (claimed < GUI_DUMP_FIXED_SIZE)
        return GUI_BAD_LENGTH;
    if (have < GUI_DUMP_FIXED_SIZE)
        return GUI_INCOMPLETE;
    for (size_t i = 0; i < 8; i++)
        out->body.words[i] = get_word(body + 4 * i);
    status = check_dump(out->body.words, &pixel_bytes);
    if (status != GUI_OK)
        return status;
    if (claimed != GUI_DUMP_FIXED_SIZE + pixel_bytes)
        return GUI_BAD_LENGTH;
    if (have < claimed)
        return GUI_INCOMPLETE;
    out->data = body + GUI_DUMP_FIXED_SIZE;
    out->data_size = pixel_bytes;
    return GUI_OK;
}

static void decode_fixed(const struct row *row, const uint8_t *body, uint32_t claimed, struct gui_message *out)
{
    if (row->shape == WORDS) {
        for (size_t i = 0; i < row->count; i++)
            out->body.words[i] = get_word(body + 4 * i);
    } else if (row->shape == BYTES) {
        memcpy(out->body.bytes, body, row->count);
    } else {
        out->data = body;
        out->data_size = claimed;
    }
}

enum gui_status gui_decode(enum gui_direction direction, const uint8_t *bytes, size_t size,
                           struct gui_message *out, uint64_t *used)
{
    const struct row *row;
    uint32_t claimed;
    enum gui_status status;

    *used = GUI_HEADER_SIZE;
    if (size < GUI_HEADER_SIZE)
        return GUI_INCOMPLETE;
    memset(out, 0, sizeof *out);
    out->type = get_word(bytes);
    out->window = get_word(bytes + 4);
    claimed = get_word(bytes + 8);
    *used = (uint64_t)GUI_HEADER_SIZE + claimed;

    row = row_of(out->type);
    if (!row)
        return GUI_UNKNOWN_TYPE;
    if (!(row->directions & (int)direction))
        return GUI_WRONG_DIRECTION;
    status = check_length(row, claimed);
    if (status != GUI_OK)
        return status;
    if (row->shape == DUMP)
        return decode_dump(bytes + GUI_HEADER_SIZE, size - GUI_HEADER_SIZE, claimed, out);
    if (size - GUI_HEADER_SIZE < claimed)
        return GUI_INCOMPLETE;
    decode_fixed(row, bytes + GUI_HEADER_SIZE, claimed, out);
    return GUI_OK;
}

size_t gui_encoded_size(const struct gui_message *message)
{
    const struct row *row = row_of(message->type);
    uint32_t pixel_bytes = 0;

    if (!row)
        return 0;
    switch (row->shape) {
    case WORDS:
        return message->data_size ? 0 : GUI_HEADER_SIZE + row->count * 4;
    case BYTES:
        return message->data_size ? 0 : GUI_HEADER_SIZE + row->count;
    case CLIPBOARD:
        return message->data_size > GUI_MAX_CLIPBOARD ? 0 : GUI_HEADER_SIZE + message->data_size;
    case DUMP:
        if (check_dump(message->body.words, &pixel_bytes) != GUI_OK || pixel_bytes != message->data_size)
            return 0;
        return GUI_HEADER_SIZE + GUI_DUMP_FIXED_SIZE + message->data_size;
    case GONE:
        break;
    }
    return 0;
}

enum gui_status gui_encode(enum gui_direction direction, const struct gui_message *message, uint8_t *bytes,
                           size_t size, size_t *used)
{
    const struct row *row = row_of(message->type);
    size_t need = gui_encoded_size(message);
    uint8_t *body = bytes + GUI_HEADER_SIZE;

    *used = 0;
    if (!row)
        return GUI_UNKNOWN_TYPE;
    if (!(row->directions & (int)direction))
        return GUI_WRONG_DIRECTION;
    if (!need)
        return row->shape == GONE ? GUI_OBSOLETE : GUI_BAD_LENGTH;
    if (need > size)
        return GUI_FULL;

    put_word(bytes, message->type);
    put_word(bytes + 4, message->window);
    put_word(bytes + 8, (uint32_t)(need - GUI_HEADER_SIZE));
    if (row->shape == BYTES)
        memcpy(body, message->body.bytes, row->count);
    for (size_t i = 0; row->shape != BYTES && i < row->count; i++)
        put_word(body + 4 * i, message->body.words[i]);
    if (message->data_size)
        memcpy(bytes + need - message->data_size, message->data, message->data_size);
    *used = need;
    return GUI_OK;
}

void gui_encode_version(uint32_t version, uint8_t bytes[GUI_VERSION_SIZE])
{
    put_word(bytes, version);
}

void gui_decode_version(const uint8_t bytes[GUI_VERSION_SIZE], uint32_t *version)
{
    *version = get_word(bytes);
}

void gui_encode_xconf(const struct msg_xconf *xconf, uint8_t bytes[GUI_XCONF_SIZE])
{
    put_word(bytes, xconf->w);
    put_word(bytes + 4, xconf->h);
    put_word(bytes + 8, xconf->depth);
    put_word(bytes + 12, xconf->mem);
}

void gui_decode_xconf(const uint8_t bytes[GUI_XCONF_SIZE], struct msg_xconf *xconf)
{
    xconf->w = get_word(bytes);
    xconf->h = get_word(bytes + 4);
    xconf->depth = get_word(bytes + 8);
    xconf->mem = get_word(bytes + 12);
}

enum gui_status gui_negotiate(uint32_t theirs, uint32_t *common)
{
    *common = 0;
    if (theirs >> 16 != GUI_PROTOCOL_MAJOR || (theirs & 0xffff) < 4)
        return GUI_BAD_VERSION;
    *common = theirs < GUI_PROTOCOL_VERSION ? theirs : GUI_PROTOCOL_VERSION;
    return GUI_OK;
}
