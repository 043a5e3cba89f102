/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* A domain in memory against its properties as text: one table says what each property is. */
#include "record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "name.h"

typedef enum kind { NAME, ID, CLASS, LABEL, STATE, REFERENCE, USER, GUEST_OS, NUMBER, FLAG, PATH, HASH, TAGS } kind;

typedef struct row {
    record_property property;
    kind kind;
    size_t offset;
    uint32_t least, most; /* NUMBER */
} row;

#define AT(member) offsetof(qubes_domain, member)
/* The columns: name, stored, settable, halted, reference. */
static const row rows[] = {
    {{"name", false, false, false, false}, NAME, AT(name), 0, 0},
    {{"id", true, false, false, false}, ID, AT(id), 0, 0},
    {{"class", true, false, false, false}, CLASS, AT(cls), 0, 0},
    {{"label", true, true, true, false}, LABEL, AT(label), 0, 0},
    {{"state", false, false, false, false}, STATE, AT(state), 0, 0},
    {{"template", true, true, true, true}, REFERENCE, AT(template_name), 0, 0},
    {{"netvm", true, true, true, true}, REFERENCE, AT(netvm), 0, 0},
    {{"default_dispvm", true, true, false, true}, REFERENCE, AT(default_dispvm), 0, 0},
    {{"default_user", true, true, false, false}, USER, AT(default_user), 0, 0},
    {{"guest_os", true, true, true, false}, GUEST_OS, AT(guest_os), 0, 0},
    {{"memory", true, true, true, false}, NUMBER, AT(memory_mb), 128, 1048576},
    {{"vcpus", true, true, true, false}, NUMBER, AT(vcpus), 1, 64},
    {{"autostart", true, true, false, false}, FLAG, AT(autostart), 0, 0},
    {{"provides_network", true, true, true, false}, FLAG, AT(provides_network), 0, 0},
    {{"template_for_dispvms", true, true, false, false}, FLAG, AT(template_for_dispvms), 0, 0},
    {{"secure_boot", true, true, true, false}, FLAG, AT(secure_boot), 0, 0},
    {{"image", true, false, false, false}, PATH, AT(image), 0, 0},
    {{"image_sha256", true, false, false, false}, HASH, AT(image_sha256), 0, 0},
    {{"tags", true, true, false, false}, TAGS, AT(tags), 0, 0},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

const char *const qubes_property_names[] = {
    "name",   "id",        "class",           "label",                "state",       "template", "netvm",
    "default_dispvm",      "default_user",    "guest_os",             "memory",      "vcpus",    "autostart",
    "provides_network",    "template_for_dispvms",                    "secure_boot", "image",    "image_sha256",
    "tags",   NULL,
};

static const char *const class_names[] = {
    [QUBES_CLASS_ADMIN] = "AdminVM",           [QUBES_CLASS_APP] = "AppVM",   [QUBES_CLASS_TEMPLATE] = "TemplateVM",
    [QUBES_CLASS_STANDALONE] = "StandaloneVM", [QUBES_CLASS_DISP] = "DispVM",
};

const char *qubes_class_name(qubes_class cls)
{
    return class_names[cls];
}

bool qubes_class_from_name(const char *name, qubes_class *out)
{
    for (size_t i = 0; i < sizeof class_names / sizeof *class_names; i++)
        if (strcmp(class_names[i], name) == 0) {
            *out = (qubes_class)i;
            return true;
        }
    return false;
}

const char *qubes_state_name(qubes_state state)
{
    return state == QUBES_STATE_HALTED ? "Halted" : state == QUBES_STATE_RUNNING ? "Running" : "Transient";
}

static const row *find_row(const char *key)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].property.name, key) == 0)
            return &rows[i];
    return NULL;
}

const record_property *record_find_property(const char *key)
{
    const row *found = find_row(key);
    return found ? &found->property : NULL;
}

void record_init(qubes_domain *out, const char *name, qubes_class cls)
{
    memset(out, 0, sizeof *out);
    qubes_copy(out->name, sizeof out->name, name);
    out->cls = cls;
    out->label = &qubes_labels[0];
    out->state = QUBES_STATE_HALTED;
    qubes_copy(out->default_user, sizeof out->default_user, "user");
    qubes_copy(out->guest_os, sizeof out->guest_os, "linux");
    out->memory_mb = 1024;
    out->vcpus = 2;
    out->secure_boot = true;
}

void record_init_admin(qubes_domain *out)
{
    record_init(out, QUBES_ADMIN_DOMAIN, QUBES_CLASS_ADMIN);
    out->label = qubes_label_by_name("black");
    out->state = QUBES_STATE_RUNNING;
    out->default_user[0] = '\0';
    out->guest_os[0] = '\0';
    out->memory_mb = 0;
    out->vcpus = 0;
    out->secure_boot = false;
}

static bool parse_number(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t value = 0;
    size_t length = strlen(text);
    if (length == 0 || length > 9)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!name_is_digit(text[i]))
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = (uint32_t)value;
    return value >= least && value <= most;
}

static bool parse_flag(const char *text, bool *out)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (name_equal_ignoring_case(text, yes[i]) || name_equal_ignoring_case(text, no[i])) {
            *out = name_equal_ignoring_case(text, yes[i]);
            return true;
        }
    }
    return false;
}

static bool parse_hash(const char *text, char out[65])
{
    size_t length = strlen(text);
    if (length != 0 && length != 64)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
        if (!name_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
        out[i] = c;
    }
    out[length] = '\0';
    return true;
}

/* Blank-separated words, each a tag, none twice. */
static bool parse_tags(const char *text, qubes_domain *out)
{
    out->tag_count = 0;
    while (*text) {
        size_t length = strcspn(text, " \t");
        if (length > 0) {
            if (out->tag_count == QUBES_TAGS_MAX || length > QUBES_TAG_MAX)
                return false;
            char *tag = out->tags[out->tag_count];
            memcpy(tag, text, length);
            tag[length] = '\0';
            if (!name_is_tag(tag))
                return false;
            for (size_t i = 0; i < out->tag_count; i++)
                if (strcmp(out->tags[i], tag) == 0)
                    return false;
            out->tag_count++;
        }
        text += length + (text[length] != '\0');
    }
    return true;
}

static qubes_status invalid(const row *of, const char *value, const char *rule, qubes_error *err)
{
    return qubes_fail(err, QUBES_E_INVALID, "%s: '%s' is not %s", of->property.name, value, rule);
}

static qubes_status parse_label(const row *of, const char *value, qubes_domain *domain, qubes_error *err)
{
    const qubes_label *label = qubes_label_by_name(value);
    if (!label)
        return invalid(of, value, "red, orange, yellow, green, gray, blue, purple or black", err);
    domain->label = label;
    return QUBES_OK;
}

static qubes_status parse_text(const row *of, const char *value, char *member, qubes_error *err)
{
    switch (of->kind) {
    case REFERENCE:
        if (strcmp(value, "none") == 0)
            value = "";
        if (*value && !qubes_name_is_valid(value))
            return invalid(of, value, "a domain name", err);
        qubes_copy(member, QUBES_NAME_MAX + 1, value);
        return QUBES_OK;
    case USER:
        if (!name_is_user(value))
            return invalid(of, value, "a user name", err);
        qubes_copy(member, QUBES_USER_MAX + 1, value);
        return QUBES_OK;
    case GUEST_OS:
        if (strcmp(value, "linux") != 0 && strcmp(value, "windows") != 0)
            return invalid(of, value, "linux or windows", err);
        qubes_copy(member, sizeof((qubes_domain *)0)->guest_os, value);
        return QUBES_OK;
    case PATH:
        return qubes_copy(member, QUBES_PATH_MAX, value) ? QUBES_OK
                                                         : invalid(of, value, "a path of this length", err);
    default:
        return parse_hash(value, member) ? QUBES_OK : invalid(of, value, "64 hexadecimal digits", err);
    }
}

static qubes_status parse_value(const row *of, const char *value, qubes_domain *domain, qubes_error *err)
{
    void *member = (char *)domain + of->offset;
    switch (of->kind) {
    case ID:
        return parse_number(value, 1, QUBES_ID_MAX, member) ? QUBES_OK : invalid(of, value, "an id", err);
    case CLASS:
        return qubes_class_from_name(value, &domain->cls) && domain->cls != QUBES_CLASS_ADMIN
                   ? QUBES_OK
                   : invalid(of, value, "AppVM, TemplateVM, StandaloneVM or DispVM", err);
    case LABEL:
        return parse_label(of, value, domain, err);
    case NUMBER:
        if (parse_number(value, of->least, of->most, member))
            return QUBES_OK;
        return qubes_fail(err, QUBES_E_INVALID, "%s: '%s' is not a number from %" PRIu32 " to %" PRIu32,
                          of->property.name, value, of->least, of->most);
    case FLAG:
        return parse_flag(value, member) ? QUBES_OK : invalid(of, value, "yes or no", err);
    case TAGS:
        return parse_tags(value, domain) ? QUBES_OK
                                         : invalid(of, value, "at most 16 different tags between blanks", err);
    default:
        return parse_text(of, value, member, err);
    }
}

qubes_status record_set(qubes_domain *domain, const char *key, const char *value, qubes_error *err)
{
    const row *found = find_row(key);
    if (!found || !found->property.stored)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "no property %s", key);
    qubes_domain changed = *domain;
    qubes_status status = parse_value(found, value, &changed, err);
    if (status == QUBES_OK)
        *domain = changed;
    return status;
}

qubes_status record_read(const conf *from, const char *name, const char *file, qubes_domain *out,
                         qubes_error *err)
{
    static const char *const needed[] = {"id", "class", "label"};
    record_init(out, name, QUBES_CLASS_APP);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!conf_get(from, needed[i]))
            return qubes_fail(err, QUBES_E_DAMAGED, "%s:1: key %s is missing", file, needed[i]);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *key = rows[i].property.name;
        const char *value = rows[i].property.stored ? conf_get(from, key) : NULL;
        qubes_error why;
        if (value && parse_value(&rows[i], value, out, &why) != QUBES_OK)
            return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: %s", file, conf_line_of(from, key), why.text);
    }
    return QUBES_OK;
}

static bool print_tags(const qubes_domain *domain, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < domain->tag_count; i++) {
        if (!qubes_print(out + used, size - used, "%s%s", i ? " " : "", domain->tags[i]))
            return false;
        used += strlen(out + used);
    }
    return true;
}

static bool print_value(const row *of, const qubes_domain *domain, char *out, size_t size)
{
    const void *member = (const char *)domain + of->offset;
    switch (of->kind) {
    case ID:
    case NUMBER:
        return qubes_print(out, size, "%" PRIu32, *(const uint32_t *)member);
    case CLASS:
        return qubes_copy(out, size, qubes_class_name(domain->cls));
    case LABEL:
        return qubes_copy(out, size, domain->label->name);
    case STATE:
        return qubes_copy(out, size, qubes_state_name(domain->state));
    case FLAG:
        return qubes_copy(out, size, *(const bool *)member ? "yes" : "no");
    case TAGS:
        return print_tags(domain, out, size);
    default:
        return qubes_copy(out, size, member);
    }
}

qubes_status qubes_domain_get(const qubes_domain *domain, const char *key, char *value, size_t size,
                              qubes_error *err)
{
    const row *found = find_row(key);
    if (!found)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "no property %s", key);
    if (!print_value(found, domain, value, size))
        return qubes_fail(err, QUBES_E_SYSTEM, "%s does not fit", key);
    return QUBES_OK;
}

qubes_status record_write(const qubes_domain *from, conf *into, qubes_error *err)
{
    qubes_domain defaults;
    record_init(&defaults, from->name, from->cls);
    qubes_status status = QUBES_OK;
    for (size_t i = 0; i < ROW_COUNT && status == QUBES_OK; i++) {
        const char *key = rows[i].property.name;
        char value[QUBES_PATH_MAX], usual[QUBES_PATH_MAX];
        if (!rows[i].property.stored)
            continue;
        if (!print_value(&rows[i], from, value, sizeof value) ||
            !print_value(&rows[i], &defaults, usual, sizeof usual))
            return qubes_fail(err, QUBES_E_SYSTEM, "%s does not fit", key);
        bool identity = rows[i].kind == ID || rows[i].kind == CLASS || rows[i].kind == LABEL;
        if (identity || conf_get(into, key) || strcmp(value, usual) != 0)
            status = conf_set(into, key, value, err);
    }
    return status;
}
