/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of a domain's answer, and what is not. */
#include "applications.h"

#include <stdlib.h>

#include "test.h"

static struct applications found;

static void parse(const char *text)
{
    applications_parse(text, strlen(text), &found);
}

static void keeps_what_is_harmless(void)
{
    parse("org.gnome.Terminal|Terminal\nfirefox-esr|Firefox ESR\nlast|No newline");
    CHECK(found.count == 3);
    CHECK_TEXT(found.items[0].id, "org.gnome.Terminal");
    CHECK_TEXT(found.items[1].name, "Firefox ESR");
    CHECK_TEXT(found.items[2].name, "No newline");
}

static void leaves_out_ids_that_could_be_more(void)
{
    static const char *const bad[] = {
        "", "|name", "no bar", "../up|x", "-option|x", ".hidden|x", "a b|x", "a;b|x", "a$(x)|x", "a%f|x", "a\"b|x",
        "a\\b|x", "a+b|x", "a\tb|x", "\xc3\xa4|x", "a\r|x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        parse(bad[i]);
        CHECK(found.count == 0);
    }
    applications_parse("a\0b|x\nc|y", 9, &found);
    CHECK(found.count == 1);
    CHECK_TEXT(found.items[0].id, "c");
}

static void makes_names_plain(void)
{
    parse("a|  x\x1b[31m\ty\x7f\xe2\x80\xae  \nb|\nc|   \nd|x\\n|Exec=evil");
    CHECK(found.count == 4);
    CHECK_TEXT(found.items[0].name, "x_[31m_y____");
    CHECK_TEXT(found.items[1].name, "b");
    CHECK_TEXT(found.items[2].name, "c");
    CHECK_TEXT(found.items[3].name, "x_n|Exec=evil");
}

static void bounds_everything(void)
{
    char id[APPLICATION_ID_MOST + 2], line[512];
    memset(id, 'a', sizeof id);
    snprintf(line, sizeof line, "%.*s|x", APPLICATION_ID_MOST, id);
    parse(line);
    CHECK(found.count == 1);
    snprintf(line, sizeof line, "%.*s|x", APPLICATION_ID_MOST + 1, id);
    parse(line);
    CHECK(found.count == 0);
    snprintf(line, sizeof line, "x|%.*s", APPLICATION_ID_MOST, id);
    parse(line);
    CHECK(strlen(found.items[0].name) == APPLICATION_NAME_MOST);

    static char many[APPLICATIONS_BYTES_MOST];
    size_t used = 0;
    for (int i = 0; i < 3 * APPLICATIONS_MOST; i++)
        used += (size_t)snprintf(many + used, sizeof many - used, "app%d|App %d\n", i, i);
    parse(many);
    CHECK(found.count == APPLICATIONS_MOST);
}

static void repeats_nothing(void)
{
    parse("a|first\na|second");
    CHECK(found.count == 1);
    CHECK_TEXT(found.items[0].name, "first");
}

static void reads_what_it_wrote(void)
{
    static char written[APPLICATIONS_BYTES_MOST];
    parse("a|A\nbad id|B\nc| C ");
    written[applications_write(&found, written, sizeof written)] = '\0';
    CHECK_TEXT(written, "a|A\nc|C\n");
    parse(written);
    CHECK(found.count == 2);
}

int main(void)
{
    keeps_what_is_harmless();
    leaves_out_ids_that_could_be_more();
    makes_names_plain();
    bounds_everything();
    repeats_nothing();
    reads_what_it_wrote();
    return test_report("applications");
}
