/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which messages are understood, and what becomes of names. */
#include "message.h"

#include <stdlib.h>

#include "document.h"
#include "test.h"

static struct message message;
static const char *problem;
static uint8_t copy[4096];

static bool read_text(const char *text)
{
    problem = "nothing";
    memcpy(copy, text, strlen(text));
    return message_read(copy, strlen(text), &message, &problem);
}

static void understands_its_messages(void)
{
    CHECK(read_text("{\"type\":\"begin\",\"name\":\"a.pdf\",\"mode\":\"open\"}"));
    CHECK(message.type == MESSAGE_BEGIN && !message.view_only);
    CHECK_TEXT(message.name, "a.pdf");
    CHECK(read_text(" {\n\"mode\" : \"view\" , \"name\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20ac\\ud83d\\udcce\",\t\"type\":\"begin\" } "));
    CHECK(message.view_only);
    CHECK_TEXT(message.name, "\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\x8e");
    CHECK(read_text("{\"type\":\"data\",\"base64\":\"aGVsbG8=\"}"));
    CHECK(message.type == MESSAGE_DATA && message.data_size == 5 && memcmp(message.data, "hello", 5) == 0);
    CHECK(read_text("{\"type\":\"data\",\"base64\":\"\"}") && message.data_size == 0);
    CHECK(read_text("{\"type\":\"data\",\"base64\":\"AP+/\"}") && memcmp(message.data, "\0\xff\xbf", 3) == 0);
    CHECK(read_text("{\"type\":\"end\"}") && message.type == MESSAGE_END);
}

static void refuses_all_else(void)
{
    static const char *const bad[] = {
        "", "{", "{}", "[]", "null", "\"end\"", "{\"type\":\"end\"", "{\"type\":\"end\"}x", "{\"type\":\"end\",}",
        "{\"type\":\"end\",\"type\":\"end\"}", "{\"type\":\"other\"}", "{\"type\":1}", "{\"type\":{}}", "{\"type\":[\"end\"]}",
        "{\"type\":\"end\",\"name\":\"x\"}", "{\"type\":\"end\",\"other\":\"x\"}", "{\"type\":\"begin\",\"name\":\"x\"}",
        "{\"type\":\"begin\",\"name\":\"x\",\"mode\":\"run\"}", "{\"type\":\"data\"}", "{\"type\":\"data\",\"base64\":\"a\"}",
        "{\"type\":\"data\",\"base64\":\"a===\"}", "{\"type\":\"data\",\"base64\":\"aa=a\"}",
        "{\"type\":\"data\",\"base64\":\"====\"}", "{\"type\":\"data\",\"base64\":\"aGVs bG8=\"}",
        "{\"type\":\"data\",\"base64\":\"aGVsbG9=\"}", "{\"type\":\"data\",\"base64\":\"a-_=\"}",
        "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"\\u0000\"}", "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"\\x\"}",
        "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"\\ud83d\"}", "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"\\ud83d\\u0041\"}",
        "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"\\udcce\"}", "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"\\u12\"}",
        "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"a\nb\"}", "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"a\\\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!read_text(bad[i]));
        CHECK(strncmp(problem, "not ", 4) == 0);
    }
    char long_name[NAME_MOST + 64];
    int length = snprintf(long_name, sizeof long_name, "{\"type\":\"begin\",\"mode\":\"open\",\"name\":\"");
    memset(long_name + length, 'x', NAME_MOST + 1);
    strcpy(long_name + length + NAME_MOST + 1, "\"}");
    CHECK(!read_text(long_name));
    strcpy(long_name + length + NAME_MOST, "\"}");
    CHECK(read_text(long_name));
}

static const char *named(const char *name, bool view_only)
{
    static char header[DOCUMENT_HEADER];
    memset(header, 'x', sizeof header);
    document_header(name, view_only, header);
    return header;
}

static void makes_names_plain(void)
{
    CHECK_TEXT(named("letter (1).pdf", false), "letter (1).pdf");
    CHECK_TEXT(named("letter.pdf", true), "view-only-letter.pdf");
    CHECK_TEXT(named("../../etc/passwd", false), "_._.._etc_passwd");
    CHECK_TEXT(named("-rf", false), "_rf");
    CHECK_TEXT(named(".profile", true), "view-only-_profile");
    CHECK_TEXT(named("a\n$(x);`y`|\"z\"", false), "a__(x)__y___z_");
    CHECK_TEXT(named("\xc3\xa4.pdf", false), "__.pdf");
    CHECK_TEXT(named("", false), "document");
    char big[600];
    memset(big, 'x', sizeof big);
    strcpy(big + 590, ".pdf");
    const char *header = named(big, true);
    CHECK(strlen(header) == DOCUMENT_HEADER - 1);
    CHECK_TEXT(header + DOCUMENT_HEADER - 1 - 6, "xx.pdf");
}

int main(void)
{
    understands_its_messages();
    refuses_all_else();
    makes_names_plain();
    return test_report("message");
}
