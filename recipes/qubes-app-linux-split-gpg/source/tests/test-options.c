/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which command lines are allowed, and as what they are understood. */
#include "options.h"

#include "request.h"
#include "test.h"

static struct gpg_call call;

#define READ(side, ...)                                                             \
    gpg_call_read(&call, side, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), \
                  (const char *[]){__VA_ARGS__})
#define ALLOWED(...) CHECK(READ(GPG_SERVER, __VA_ARGS__))
#define REFUSED(why, ...)                          \
    do {                                           \
        CHECK(!READ(GPG_SERVER, __VA_ARGS__));     \
        CHECK_TEXT(call.problem ? call.problem : "nothing", why); \
    } while (0)

static void understands_what_programs_use(void)
{
    ALLOWED("--status-fd=2", "-bsau", "ABCD"); /* git signs */
    CHECK(call.option_count == 5);
    CHECK_TEXT(call.options[1].name, "detach-sign");
    CHECK_TEXT(call.options[4].name, "local-user");
    CHECK_TEXT(call.options[4].value, "ABCD");
    CHECK(call.options[0].output == 1);
    ALLOWED("--keyid-format=long", "--status-fd=1", "--verify", "/dev/fd/7", "-"); /* git verifies */
    CHECK(call.input_count == 2 && call.inputs[1] == 7);
    ALLOWED("-se", "-aume", "-r", "you", "--", "-");
    ALLOWED("--list-keys", "--", "-me", "you");
    CHECK(call.operand_count == 2 && !call.names_files);
    ALLOWED("--export", "--export-options", "export-minimal,no-export-attributes", "me");
    ALLOWED("-d", "--status-fd", "3", "--logger-fd", "3");
    CHECK(call.output_count == 3 && call.outputs[2] == 3);
    CHECK(call.options[1].output == 2 && call.options[2].output == 2);
    ALLOWED("--sign", "--comment", "-o/tmp/x"); /* a comment, however it looks */
    CHECK_TEXT(call.options[1].value, "-o/tmp/x");
}

static void refuses_files(void)
{
    REFUSED("output goes to \"-\" only", "--sign", "--output", "/tmp/x");
    REFUSED("output goes to \"-\" only", "--sign", "--output=/tmp/x");
    REFUSED("output goes to \"-\" only", "-so/tmp/x");
    REFUSED("files cannot be named here", "--decrypt", "/etc/passwd");
    REFUSED("files cannot be named here", "--decrypt", "-", "/etc/passwd");
    REFUSED("files cannot be named here", "--encrypt", "-r", "me", "--", "--output");
    REFUSED("a signature can be read from a stream only", "--verify", "/etc/passwd");
    REFUSED("a signature can be read from a stream only", "--verify", "/dev/fd/2");
    REFUSED("a signature can be read from a stream only", "--verify", "/dev/fd/3/../../etc");
    REFUSED("a signature can be read from a stream only", "--verify", "--status-fd=3", "/dev/fd/3");
    REFUSED("files cannot be named here", "--verify", "/dev/fd/3", "/etc/passwd");
}

static void refuses_unknown_options(void)
{
    static const char *const dangerous[] = {
        "--homedir=/tmp", "--options=/tmp/x", "--keyring=/tmp/x", "--secret-keyring=/tmp/x", "--status-file=/tmp/x",
        "--logger-file=/tmp/x", "--command-file=/tmp/x", "--command-fd=0", "--passphrase-fd=0", "--passphrase-file=/x",
        "--recipient-file=/x", "--agent-program=/x", "--gpgconf-test", "--photo-viewer=sh", "--exec-path=/tmp",
        "--keyserver=x", "--auto-key-retrieve", "--auto-key-locate=x", "--search-keys", "--recv-keys", "--send-keys",
        "--import", "--delete-keys", "--delete-secret-keys", "--edit-key", "--gen-key", "--export-secret-keys",
        "--export-secret-subkeys", "--card-edit", "--server", "--outp", "--output-", "--list", "--=x", "--", "-f/x", "-\xc3\xa4",
        "--dirmngr-program=/x", "--load-extension=/x", "--multifile", "--encrypt-files", "--gen-revoke", "--passphrase=x",
        "--import-ownertrust", "--update-trustdb", "--primary-keyring=x", "--debug=255", "--enable-special-filenames",
    };
    for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++) {
        const char *arguments[] = {dangerous[i]};
        CHECK(!gpg_call_read(&call, GPG_SERVER, 1, arguments));
        const char *with_command[] = {"--decrypt", dangerous[i]};
        if (strcmp(dangerous[i], "--") != 0)
            CHECK(!gpg_call_read(&call, GPG_SERVER, 2, with_command));
    }
    REFUSED("a command is missing", "--armor");
    REFUSED("takes no value", "--sign=x");
    REFUSED("the value is missing", "--sign", "--local-user");
    REFUSED("the value is missing", "-su");
    REFUSED("an empty value", "--sign", "--comment=");
    REFUSED("commands that exclude each other", "--sign", "--list-keys");
    REFUSED("the list has a word that is not allowed", "--list-keys", "--list-options=show-keyring");
    REFUSED("the list has a word that is not allowed", "--list-keys", "--list-options=show-usage,,show-keyring");
    REFUSED("the list has a word that is not allowed", "--export", "--export-options=export-dane");
    REFUSED("not printable UTF-8", "--list-keys", "a\nb");
    REFUSED("not printable UTF-8", "--list-keys", "\xc0\xaf");
    REFUSED("not printable UTF-8", "--list-keys", "\xed\xa0\x80");
    ALLOWED("--list-keys", "J\xc3\xbcrgen \xf0\x9f\x94\x91");
}

static void refuses_bad_streams(void)
{
    REFUSED("not the number of a stream", "-d", "--status-fd=-1");
    REFUSED("not the number of a stream", "-d", "--status-fd=03");
    REFUSED("not the number of a stream", "-d", "--status-fd=1024");
    REFUSED("not the number of a stream", "-d", "--status-fd=0");
    REFUSED("not the number of a stream", "-d", "--status-fd=99999999999999999999");
    REFUSED("not the number of a stream", "-d", "--status-fd=2x");
    const char *many[2 * STREAMS_MOST];
    static char texts[2 * STREAMS_MOST][24];
    many[0] = "-d";
    for (int i = 1; i < 2 * STREAMS_MOST; i++) {
        snprintf(texts[i], sizeof texts[i], "--status-fd=%d", i + 2);
        many[i] = texts[i];
    }
    CHECK(!gpg_call_read(&call, GPG_SERVER, 2 * STREAMS_MOST, many));
}

static void keeps_requests_in_bounds(void)
{
    static uint8_t request[REQUEST_SIZE];
    static const char *arguments[REQUEST_COMMAND];
    static char big[REQUEST_COMMAND];
    size_t count;
    memset(big, 'x', sizeof big - 1);
    CHECK(!request_write(request, 1, (const char *[]){big}));
    big[REQUEST_COMMAND - 2] = '\0';
    CHECK(request_write(request, 1, (const char *[]){big}));
    CHECK(request_read(request, &count, arguments) && count == 1);
    CHECK_TEXT(arguments[0], big);
    CHECK(request_write(request, 2, (const char *[]){"", "b"}));
    CHECK(request_read(request, &count, arguments) && count == 2);
    CHECK_TEXT(arguments[1], "b");
    request[4 + 2] = 'x'; /* no zero byte where the last one should be */
    request[0] = 2;
    CHECK(!request_read(request, &count, arguments));
    memset(request, 0, sizeof request);
    request[1] = 4; /* 1024 */
    CHECK(!request_read(request, &count, arguments));
    request[0] = 0xff, request[1] = 3; /* 1023 empty arguments */
    CHECK(request_read(request, &count, arguments) && count == REQUEST_COMMAND - 1);
}

int main(void)
{
    understands_what_programs_use();
    refuses_files();
    refuses_unknown_options();
    refuses_bad_streams();
    keeps_requests_in_bounds();
    return test_report("options");
}
