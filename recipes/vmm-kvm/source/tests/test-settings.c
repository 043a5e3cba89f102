/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vmm-kvm.conf may say, and that a mistake is named instead of passed over. */
#include "settings.h"
#include "test.h"

static settings how;
static qubes_error err;

static bool is_refused_at(const char *text, const char *place)
{
    err.text[0] = '\0';
    return settings_parse("f", text, &how, &err) == QUBES_E_DAMAGED && strncmp(err.text, place, strlen(place)) == 0;
}

int main(void)
{
    CHECK(settings_parse("f", "# nothing\n\n", &how, &err) == QUBES_OK);
    CHECK_TEXT(how.uri, "qemu:///system");
    CHECK_TEXT(how.uplink, "default");
    CHECK(!how.emulation && how.confined && !how.console_log);

    CHECK(settings_parse("f", "uri = test:///default\r\n uplink=br0\nacceleration = emulation\nconfinement = none\n"
                              "console_log = yes", &how, &err) == QUBES_OK);
    CHECK_TEXT(how.uri, "test:///default");
    CHECK_TEXT(how.uplink, "br0");
    CHECK(how.emulation && !how.confined && how.console_log);

    CHECK(is_refused_at("uri = a\nspeed = fast\n", "f:2:"));
    CHECK(is_refused_at("confinement = no\n", "f:1:"));
    CHECK(is_refused_at("\nuri\n", "f:2:"));
    CHECK(is_refused_at("uri = -c\n", "f:1:"));
    CHECK(is_refused_at("uri =\n", "f:1:"));
    char line[512];
    memset(line, 'u', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    CHECK(is_refused_at(line, "f:1:"));
    return test_report("settings");
}
