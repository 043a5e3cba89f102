/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Versions are negotiated to the lower one; foreign or too old ones are refused. */
#include <string.h>

#include <qubes-gui/codec.h>

#include "check.h"

static void every_pair_of_numbers_is_judged(void)
{
    for (uint32_t major = 0; major < 4; major++) {
        for (uint32_t minor = 0; minor < 300; minor++) {
            uint32_t common = 99;
            enum gui_status status = gui_negotiate(major << 16 | minor, &common);

            if (major == 1 && minor >= 4)
                CHECK(status == GUI_OK && common == GUI_PROTOCOL_VERSION);
            else
                CHECK(status == GUI_BAD_VERSION && common == 0);
        }
    }
}

static void extremes_are_refused(void)
{
    uint32_t common;

    CHECK(gui_negotiate(0, &common) == GUI_BAD_VERSION);
    CHECK(gui_negotiate(0xffffffff, &common) == GUI_BAD_VERSION);
    CHECK(gui_negotiate(0x0001ffff, &common) == GUI_OK && common == GUI_PROTOCOL_VERSION);
}

static void handshake_messages_survive_the_wire(void)
{
    struct msg_xconf in = {1920, 1080, 24, 8100}, out;
    uint8_t bytes[GUI_XCONF_SIZE];
    const uint8_t wire[GUI_VERSION_SIZE] = {4, 0, 1, 0};
    uint8_t version_bytes[GUI_VERSION_SIZE];
    uint32_t version;

    gui_encode_xconf(&in, bytes);
    gui_decode_xconf(bytes, &out);
    CHECK(memcmp(&in, &out, sizeof in) == 0 && bytes[0] == 0x80 && bytes[1] == 7);
    gui_encode_version(GUI_PROTOCOL_VERSION, version_bytes);
    CHECK(memcmp(wire, version_bytes, sizeof wire) == 0);
    gui_decode_version(wire, &version);
    CHECK(version == GUI_PROTOCOL_VERSION);
}

int main(void)
{
    every_pair_of_numbers_is_judged();
    extremes_are_refused();
    handshake_messages_survive_the_wire();
    return 0;
}
