/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Names, labels, SHA-256, the text of domain.conf and the properties in it. */
#include <stdlib.h>

#include "conf.h"
#include "record.h"
#include "sha256.h"
#include "test.h"

static void names_follow_the_rules_of_qubes(void)
{
    static const char *const good[] = {"w", "work", "sys-net", "Disp_1", "a234567890123456789012345678901", "com", "com10"};
    static const char *const bad[] = {
        "", "1work", "-work", "_w", "wo rk", "wo/rk", "wo.rk", "..", "wörk", "a2345678901234567890123456789012",
        "none", "default", "dom0", "Dom0", "Domain-0", "work-dm", "con", "CON", "nul", "Lpt1", "com9", "aux", "prn",
        "a\n", "@work",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(qubes_name_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!qubes_name_is_valid(bad[i]));
}

static void labels_are_the_eight_of_qubes(void)
{
    CHECK(qubes_label_by_name("red")->index == 1);
    CHECK(qubes_label_by_name("black")->index == 8);
    CHECK(qubes_label_by_name("black")->rgb == 0);
    CHECK(qubes_label_by_name("pink") == NULL);
    CHECK(qubes_label_by_index(0) == NULL && qubes_label_by_index(9) == NULL);
    for (unsigned i = 1; i <= QUBES_LABEL_COUNT; i++)
        CHECK(qubes_label_by_index(i)->index == i &&
              qubes_label_by_name(qubes_label_by_index(i)->name) == qubes_label_by_index(i));
}

/* The vectors of FIPS 180-4's examples, and lengths around the padding's edge. */
static void sha256_matches_published_vectors(void)
{
    sha256 context;
    char text[65], million[1000];
    sha256_init(&context);
    sha256_finish(&context, text);
    CHECK_TEXT(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_init(&context);
    sha256_add(&context, "abc", 3);
    sha256_finish(&context, text);
    CHECK_TEXT(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_init(&context);
    sha256_add(&context, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
    sha256_finish(&context, text);
    CHECK_TEXT(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', sizeof million);
    sha256_init(&context);
    for (int i = 0; i < 1000; i++)
        sha256_add(&context, million, sizeof million);
    sha256_finish(&context, text);
    CHECK_TEXT(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static qubes_status parse(const char *text, conf *out, qubes_error *err)
{
    return conf_parse(text, strlen(text), "f", out, err);
}

static void a_file_keeps_what_it_does_not_know(void)
{
    conf lines;
    qubes_error err;
    char *text;
    size_t size;
    CHECK(parse("qubes-domain 1\r\n# note\nid = 3\n\nfuture_key =  x = y \nlabel=red\n", &lines, &err) == QUBES_OK);
    CHECK_TEXT(conf_get(&lines, "future_key"), "x = y");
    CHECK(conf_line_of(&lines, "label") == 6);
    CHECK(conf_set(&lines, "id", "4", &err) == QUBES_OK);
    CHECK(conf_set(&lines, "netvm", "sys-net", &err) == QUBES_OK);
    CHECK(conf_set(&lines, "netvm", "a\nb", &err) == QUBES_E_INVALID);
    CHECK(conf_text(&lines, &text, &size, &err) == QUBES_OK);
    CHECK_TEXT(text, "qubes-domain 1\n# note\nid = 4\n\nfuture_key = x = y\nlabel = red\nnetvm = sys-net\n");
    free(text);
    conf_free(&lines);
}

static void a_damaged_file_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "f:1: not a domain file (no 'qubes-domain 1')"},
        {"qubes-domain 2\n", "f:1: a format that this version does not read: install the newer version"},
        {"qubes-domain 1\nid\n", "f:2: expected KEY = VALUE"},
        {"qubes-domain 1\nId = 1\n", "f:2: not a key before '='"},
        {"qubes-domain 1\n = 1\n", "f:2: not a key before '='"},
        {"qubes-domain 1\nid = 1\nid = 2\n", "f:3: key id is given twice"},
        {"qubes-domain 1\nid = \x01\n", "f:2: control character"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        conf lines;
        qubes_error err;
        CHECK(parse(cases[i].text, &lines, &err) == QUBES_E_DAMAGED);
        CHECK_TEXT(err.text, cases[i].error);
    }
    conf lines;
    qubes_error err;
    char many[4096] = "qubes-domain 1\n";
    memset(many + 15, '\n', 600);
    CHECK(conf_parse(many, 615, "f", &lines, &err) == QUBES_E_DAMAGED);
    CHECK(conf_parse("qubes-domain 1\nid = 1\0\n", 24, "f", &lines, &err) == QUBES_E_DAMAGED);
    char *large = calloc(1, CONF_SIZE_MAX + 1);
    CHECK(conf_parse(large, CONF_SIZE_MAX + 1, "f", &lines, &err) == QUBES_E_DAMAGED);
    free(large);
}

static void properties_are_read_and_checked(void)
{
    conf lines;
    qubes_error err;
    qubes_domain domain;
    char value[QUBES_PATH_MAX];
    parse("qubes-domain 1\nid = 7\nclass = AppVM\nlabel = blue\ntemplate = deb\nmemory = 512\nautostart = on\n"
          "tags = a  b\tc\n", &lines, &err);
    CHECK(record_read(&lines, "work", "f", &domain, &err) == QUBES_OK);
    CHECK(domain.id == 7 && domain.memory_mb == 512 && domain.autostart && domain.tag_count == 3);
    CHECK(qubes_domain_get(&domain, "tags", value, sizeof value, &err) == QUBES_OK);
    CHECK_TEXT(value, "a b c");
    CHECK(qubes_domain_get(&domain, "secure_boot", value, sizeof value, &err) == QUBES_OK);
    CHECK_TEXT(value, "yes");
    CHECK(qubes_domain_get(&domain, "nosuch", value, sizeof value, &err) == QUBES_E_NOT_FOUND);
    conf_free(&lines);

    parse("qubes-domain 1\nid = 7\nclass = AppVM\nlabel = blue\nmemory = 12\n", &lines, &err);
    CHECK(record_read(&lines, "work", "f", &domain, &err) == QUBES_E_DAMAGED);
    CHECK_TEXT(err.text, "f:5: memory: '12' is not a number from 128 to 1048576");
    conf_free(&lines);
    parse("qubes-domain 1\nid = 7\nclass = AppVM\n", &lines, &err);
    CHECK(record_read(&lines, "work", "f", &domain, &err) == QUBES_E_DAMAGED);
    CHECK_TEXT(err.text, "f:1: key label is missing");
    conf_free(&lines);
}

static void bad_values_change_nothing(void)
{
    static const char *const bad[][2] = {
        {"label", "pink"}, {"memory", "127"}, {"memory", "1e3"}, {"memory", ""}, {"memory", "99999999999"},
        {"vcpus", "0"}, {"vcpus", "-1"}, {"autostart", "maybe"}, {"netvm", "a b"}, {"netvm", "../x"},
        {"default_user", "-u"}, {"default_user", ""}, {"guest_os", "beos"}, {"tags", "a a"}, {"tags", "1a"},
        {"tags", "a b c d e f g h i j k l m n o p q"}, {"id", "0"}, {"id", "32752"}, {"class", "AdminVM"},
        {"image_sha256", "12"}, {"nosuch", "1"}, {"name", "other"}, {"state", "Running"},
    };
    qubes_domain domain, before;
    qubes_error err;
    record_init(&domain, "work", QUBES_CLASS_APP);
    before = domain;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(record_set(&domain, bad[i][0], bad[i][1], &err) != QUBES_OK);
    CHECK(memcmp(&domain, &before, sizeof domain) == 0);
}

static void every_property_is_listed_and_can_be_shown(void)
{
    static const char *const keys[] = {"name", "id", "class", "label", "state", "template", "netvm",
                                       "default_dispvm", "default_user", "guest_os", "memory", "vcpus", "autostart",
                                       "provides_network", "template_for_dispvms", "secure_boot", "image",
                                       "image_sha256", "tags"};
    qubes_domain domain;
    qubes_error err;
    char value[QUBES_PATH_MAX];
    size_t count = 0;
    record_init_admin(&domain);
    for (; qubes_property_names[count]; count++) {
        CHECK_TEXT(qubes_property_names[count], keys[count]);
        CHECK(record_find_property(keys[count]) != NULL);
        CHECK(qubes_domain_get(&domain, keys[count], value, sizeof value, &err) == QUBES_OK);
    }
    CHECK(count == sizeof keys / sizeof *keys);
}

int main(void)
{
    names_follow_the_rules_of_qubes();
    labels_are_the_eight_of_qubes();
    sha256_matches_published_vectors();
    a_file_keeps_what_it_does_not_know();
    a_damaged_file_is_refused_with_its_line();
    properties_are_read_and_checked();
    bad_values_change_nothing();
    every_property_is_listed_and_can_be_shown();
    return test_report("text");
}
