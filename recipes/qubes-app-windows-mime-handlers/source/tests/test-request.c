/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URLs, file names, paths and the registration: what passes and what does not. */
#include "registration.h"
#include "request.h"
#include "test.h"

static const char *url(const char *text)
{
    static char out[REQUEST_URL_MAX + 1];
    const char *why = "?";
    return request_url(text, out, &why) ? out : why;
}

static void plain_urls_pass(void)
{
    CHECK_TEXT(url("https://example.org/"), "https://example.org/");
    CHECK_TEXT(url("HTTPS://Example.org:8443/a-b_c~d/?q=1&r=%20x#top"), "https://Example.org:8443/a-b_c~d/?q=1&r=%20x#top");
    CHECK_TEXT(url("http://[2001:db8::1]:80"), "http://[2001:db8::1]:80");
    CHECK_TEXT(url("ftp://ftp.example.org/pub"), "ftp://ftp.example.org/pub");
    CHECK_TEXT(url("mailto:someone@example.org?subject=Hello"), "mailto:someone@example.org?subject=Hello");
    CHECK_TEXT(url("https://example.org/\xc3\xa4?\xe2\x82\xac"), "https://example.org/%C3%A4?%E2%82%AC");
    CHECK_TEXT(url("https://example.org/@user"), "https://example.org/@user");
}

static void everything_else_does_not(void)
{
    static const char scheme[] = "only http, https, ftp and mailto URLs are opened";
    static const char character[] = "it has a character that no URL has";
    static const char deceives[] = "a user name before the host is how links deceive";
    CHECK_TEXT(url("file:///C:/Windows/win.ini"), scheme);
    CHECK_TEXT(url("javascript:alert(1)"), scheme);
    CHECK_TEXT(url("data:text/html,x"), scheme);
    CHECK_TEXT(url("ms-settings:"), scheme);
    CHECK_TEXT(url("httpss://example.org"), scheme);
    CHECK_TEXT(url("no scheme"), scheme);
    CHECK_TEXT(url(""), scheme);
    CHECK_TEXT(url("http:example.org"), "it names no host");
    CHECK_TEXT(url("http:/example.org"), "it names no host");
    CHECK_TEXT(url("http://"), "not a host name");
    CHECK_TEXT(url("http:///path"), "not a host name");
    CHECK_TEXT(url("http://-x.org"), "not a host name");
    CHECK_TEXT(url("http://ex\xc3\xa4mple.org"), "not a port number"); /* a look-alike host must come as xn-- */
    CHECK_TEXT(url("http://[::1"), "not a host name");
    CHECK_TEXT(url("http://[]"), "not a host name");
    CHECK_TEXT(url("http://h:"), "not a port number");
    CHECK_TEXT(url("http://h:123456"), "not a port number");
    CHECK_TEXT(url("http://h:8x"), "not a port number");
    CHECK_TEXT(url("https://bank.example@evil.example/"), deceives);
    CHECK_TEXT(url("https://user:secret@example.org/"), deceives);
    CHECK_TEXT(url("https://example.org/a b"), character);
    CHECK_TEXT(url("https://example.org/\r\nX"), character);
    CHECK_TEXT(url("https://example.org/\""), character);
    CHECK_TEXT(url("https://example.org/`x`"), character);
    CHECK_TEXT(url("https://example.org/\\x"), character);
    CHECK_TEXT(url("https://example.org/%zz"), character);
    CHECK_TEXT(url("https://example.org/%2"), character);
}

static void length_is_limited_after_encoding(void)
{
    char text[REQUEST_URL_MAX + 8] = "https://h/";
    memset(text + 10, 'a', REQUEST_URL_MAX - 10);
    CHECK_TEXT(url(text), text);
    text[REQUEST_URL_MAX] = 'a';
    CHECK_TEXT(url(text), "it is too long");
    text[REQUEST_URL_MAX] = '\0';
    text[REQUEST_URL_MAX - 1] = '\xc3';
    CHECK_TEXT(url(text), "it is too long");
}

static void a_drive_is_no_scheme(void)
{
    CHECK(request_has_scheme("http://x") && request_has_scheme("ms-settings:") && request_has_scheme("javascript:x"));
    CHECK(!request_has_scheme("C:\\x") && !request_has_scheme("c:x") && !request_has_scheme("x.pdf") &&
          !request_has_scheme("") && !request_has_scheme(":x") && !request_has_scheme("1a:x"));
}

static const char *header(const char *name, bool view_only)
{
    static char out[REQUEST_NAME_SIZE];
    memset(out, 'x', sizeof out);
    if (!request_header(name, view_only, out))
        return "(refused)";
    for (size_t i = strlen(out); i < sizeof out; i++)
        CHECK(out[i] == '\0'); /* nothing of ours leaks in the padding */
    return out;
}

static void names_reach_the_domain_harmless(void)
{
    char text[400], expected[400];
    CHECK_TEXT(header("report.pdf", false), "report.pdf");
    CHECK_TEXT(header("report.pdf", true), "view-only-report.pdf");
    CHECK_TEXT(header("B\xc3\xa4r.odt", false), "B\xc3\xa4r.odt");
    CHECK_TEXT(header("../../x", false), "_._.._x");
    CHECK_TEXT(header("-rf.pdf", false), "_rf.pdf");
    CHECK_TEXT(header(".profile", false), "_profile");
    CHECK_TEXT(header("a\nb\x7f|c.pdf", false), "a_b__c.pdf");
    CHECK_TEXT(header("a:b*c?d\"e<f>g\\h.pdf", false), "a_b_c_d_e_f_g_h.pdf");
    CHECK_TEXT(header("invoice\xe2\x80\xaexcod.exe", false), "invoice_xcod.exe"); /* right-to-left override */
    CHECK_TEXT(header("", false), "(refused)");
    CHECK_TEXT(header(".", false), "(refused)");
    CHECK_TEXT(header("..", false), "(refused)");
    memset(text, 'a', 300);
    strcpy(text + 300, ".pdf");
    memset(expected, 'a', 251);
    strcpy(expected + 251, ".pdf");
    CHECK_TEXT(header(text, false), expected); /* the extension stays */
    memset(text, 'a', 300);
    for (int i = 0; i < 300; i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    strcpy(text + 300, ".pdf");
    CHECK(strlen(header(text, false)) == 254); /* cut between two characters */
    CHECK((unsigned char)header(text, false)[0] == 0xc3);
}

static void only_files_on_drives_are_opened(void)
{
    const char *why;
    CHECK(request_path_is_plain("C:\\Users\\a b\\x.pdf", &why));
    CHECK(request_path_is_plain("d:/x.pdf", &why));
    CHECK(!request_path_is_plain("\\\\server\\share\\x.pdf", &why)); /* would send the person's credentials */
    CHECK_TEXT(why, "network shares and devices are not opened");
    CHECK(!request_path_is_plain("//server/share/x.pdf", &why));
    CHECK(!request_path_is_plain("\\\\.\\PhysicalDrive0", &why));
    CHECK(!request_path_is_plain("\\\\?\\C:\\x.pdf", &why));
    CHECK(!request_path_is_plain("C:x.pdf", &why));
    CHECK(!request_path_is_plain("x.pdf", &why));
    CHECK(!request_path_is_plain("", &why));
    CHECK(!request_path_is_plain("C:\\x.pdf:stream", &why));
    CHECK_TEXT(why, "it names a stream inside a file");
    CHECK(!request_path_is_plain("C:\\x\n.pdf", &why));
    CHECK(!request_path_is_plain("C:\\*.pdf", &why));
}

static char values[32768];

static bool remember(void *context, const char *key, const char *name, const char *text, bool whole_key)
{
    size_t used = strlen(values);
    snprintf(values + used, sizeof values - used, "%s|%s|%s|%s\n", key, name, text, whole_key ? "key" : "value");
    return !context || strcmp(key, context) != 0;
}

static void the_registration_names_the_program_and_offers_no_options(void)
{
    char stop[] = "Software\\RegisteredApplications";
    CHECK(registration_each("C:\\Program Files\\Qubes\\bin\\qubes-open.exe", remember, NULL));
    CHECK(strstr(values, "Software\\Classes\\Qubes.Link\\shell\\open\\command||"
                         "\"C:\\Program Files\\Qubes\\bin\\qubes-open.exe\" -- \"%1\"|key\n") != NULL);
    CHECK(strstr(values, "Software\\Classes\\Qubes.Link|URL Protocol||key\n") != NULL);
    CHECK(strstr(values, "Software\\Classes\\.pdf\\OpenWithProgids|Qubes.Document||value\n") != NULL);
    CHECK(strstr(values, "Software\\Qubes\\Capabilities\\URLAssociations|https|Qubes.Link|key\n") != NULL);
    CHECK(strstr(values, "Software\\RegisteredApplications|Qubes|Software\\Qubes\\Capabilities|value\n") != NULL);
    /* What is not ours alone is never deleted whole. */
    for (const char *line = values; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, "Software\\Classes\\.", 18) == 0)
            CHECK(strncmp(strchr(line, '\n') - 6, "|value", 6) == 0);
    CHECK(!registration_each("x", remember, stop)); /* stops at the first failure */
}

int main(void)
{
    plain_urls_pass();
    everything_else_does_not();
    length_is_limited_after_encoding();
    a_drive_is_no_scheme();
    names_reach_the_domain_harmless();
    only_files_on_drives_are_opened();
    the_registration_names_the_program_and_offers_no_options();
    return test_report("request");
}
