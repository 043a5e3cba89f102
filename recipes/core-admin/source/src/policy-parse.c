/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* One line of policy: a rule, a directive, or nothing. Pure; reads untrusted bytes. */
#include <string.h>

#include "fail.h"
#include "name.h"
#include "policy-rules.h"

#define WORDS_MAX 16

typedef struct words {
    size_t count;
    char *word[WORDS_MAX];
    char text[POLICY_LINE_MAX + 1];
} words;

static const char *complain(char problem[QUBES_ERROR_MAX], const char *what, const char *word)
{
    if (!qubes_print(problem, QUBES_ERROR_MAX, "%s: '%.200s'", what, word))
        qubes_copy(problem, QUBES_ERROR_MAX, what);
    return problem;
}

static const char *split(const char *text, size_t length, words *out, char problem[QUBES_ERROR_MAX])
{
    if (length > POLICY_LINE_MAX)
        return complain(problem, "the line is too long", "");
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 && text[i] != '\t')
            return complain(problem, "control character in the line", "");
    memcpy(out->text, text, length);
    out->text[length] = '\0';
    out->count = 0;
    char *at = out->text + strspn(out->text, " \t");
    while (*at) {
        if (out->count == WORDS_MAX)
            return complain(problem, "too many words from", at);
        out->word[out->count++] = at;
        at += strcspn(at, " \t");
        if (*at)
            *at++ = '\0';
        at += strspn(at, " \t");
    }
    return NULL;
}

static bool is_service_text(const char *text, bool plus)
{
    for (; *text; text++)
        if (!name_is_letter(*text) && !name_is_digit(*text) && !strchr("._-", *text) && !(plus && *text == '+'))
            return false;
    return true;
}

static const char *parse_service(const words *from, policy_rule *out, char problem[QUBES_ERROR_MAX])
{
    const char *service = from->word[0], *argument = from->word[1];
    if (strcmp(service, "*") == 0)
        out->service[0] = '\0';
    else if (!is_service_text(service, false) || !qubes_copy(out->service, sizeof out->service, service))
        return complain(problem, "not a service", service);
    if (strcmp(argument, "*") == 0)
        out->argument[0] = '\0';
    else if (argument[0] != '+' || !is_service_text(argument, true) ||
             !qubes_copy(out->argument, sizeof out->argument, argument))
        return complain(problem, "not an argument ('*' or '+' and text)", argument);
    else if (!out->service[0])
        return complain(problem, "service * goes only with argument *", argument);
    return NULL;
}

static bool parse_yes_no(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

/* One name=value; `given` remembers which names have been there. */
static const char *parse_parameter(char *word, policy_rule *out, unsigned *given, char problem[QUBES_ERROR_MAX])
{
    enum { TARGET = 1, DEFAULT_TARGET = 2, USER = 4, NOTIFY = 8, AUTOSTART = 16 };
    static const struct {
        const char *name;
        unsigned bit;
        unsigned actions; /* 1 << action */
    } known[] = {
        {"target=", TARGET, 1 << QUBES_ALLOW | 1 << QUBES_ASK},
        {"default_target=", DEFAULT_TARGET, 1 << QUBES_ASK},
        {"user=", USER, 1 << QUBES_ALLOW | 1 << QUBES_ASK},
        {"notify=", NOTIFY, 1 << QUBES_ALLOW | 1 << QUBES_ASK | 1 << QUBES_DENY},
        {"autostart=", AUTOSTART, 1 << QUBES_ALLOW | 1 << QUBES_ASK},
    };
    size_t i = 0, count = sizeof known / sizeof *known;
    while (i < count && strncmp(word, known[i].name, strlen(known[i].name)) != 0)
        i++;
    if (i == count)
        return complain(problem, "not a parameter", word);
    if (!(known[i].actions & 1u << out->action))
        return complain(problem, "a parameter that this action does not take", word);
    if (*given & known[i].bit)
        return complain(problem, "parameter given twice", word);
    *given |= known[i].bit;

    const char *value = word + strlen(known[i].name);
    bool good = false;
    if (known[i].bit == TARGET)
        good = out->has_redirect = token_parse(value, PLACE_REDIRECT, &out->redirect);
    else if (known[i].bit == DEFAULT_TARGET)
        good = out->has_default_target = token_parse(value, PLACE_REDIRECT, &out->default_target);
    else if (known[i].bit == USER)
        good = name_is_user(value) && qubes_copy(out->user, sizeof out->user, value);
    else
        good = parse_yes_no(value, known[i].bit == NOTIFY ? &out->notify : &out->autostart);
    return good ? NULL : complain(problem, "not a value for this parameter", word);
}

static bool parse_action(const char *text, policy_rule *out)
{
    static const char *const names[] = {[QUBES_DENY] = "deny", [QUBES_ALLOW] = "allow", [QUBES_ASK] = "ask"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            out->action = (qubes_action)i;
            return true;
        }
    return false;
}

static const char *parse_rule(words *from, policy_rule *out, char problem[QUBES_ERROR_MAX])
{
    unsigned given = 0;
    if (from->count < 5)
        return complain(problem, "a rule is SERVICE ARGUMENT SOURCE DESTINATION ACTION; found only",
                        from->word[from->count - 1]);
    const char *wrong = parse_service(from, out, problem);
    if (wrong)
        return wrong;
    if (!token_parse(from->word[2], PLACE_SOURCE, &out->source))
        return complain(problem, "not a source", from->word[2]);
    if (!token_parse(from->word[3], PLACE_TARGET, &out->target))
        return complain(problem, "not a destination", from->word[3]);
    if (!parse_action(from->word[4], out))
        return complain(problem, "not an action (allow, deny, ask)", from->word[4]);
    out->notify = out->action == QUBES_DENY; /* the format's defaults */
    out->autostart = true;
    for (size_t i = 5; i < from->count && !wrong; i++)
        wrong = parse_parameter(from->word[i], out, &given, problem);
    if (!wrong && out->action == QUBES_ALLOW && out->target.kind == TOKEN_DEFAULT && !out->has_redirect)
        return complain(problem, "allow for @default needs target=", from->word[4]);
    return wrong;
}

bool policy_file_name_is_valid(const char *name)
{
    if (!*name || *name == '.')
        return false;
    for (; *name; name++)
        if (!((*name >= 'a' && *name <= 'z') || name_is_digit(*name) || strchr("_.-", *name)))
            return false;
    return true;
}

bool policy_path_is_safe(const char *path)
{
    char part[QUBES_PATH_MAX];
    for (;;) {
        size_t length = strcspn(path, "/");
        if (length == 0 || length >= sizeof part)
            return false;
        memcpy(part, path, length);
        part[length] = '\0';
        if (!policy_file_name_is_valid(part))
            return false;
        if (!path[length])
            return true;
        path += length + 1;
    }
}

static const char *parse_directive(const words *from, policy_line *out, char problem[QUBES_ERROR_MAX])
{
    const char *name = from->word[0];
    if (strcmp(name, "!include") == 0)
        out->kind = LINE_INCLUDE;
    else if (strcmp(name, "!include-dir") == 0)
        out->kind = LINE_INCLUDE_DIR;
    else
        return complain(problem, "not a directive (!include, !include-dir)", name);
    if (from->count != 2)
        return complain(problem, "a directive takes one path", name);
    if (!policy_path_is_safe(from->word[1]) || !qubes_copy(out->path, sizeof out->path, from->word[1]))
        return complain(problem, "not a path below the policy directory (a-z 0-9 _ . - between '/')",
                        from->word[1]);
    return NULL;
}

const char *policy_parse_line(const char *text, size_t length, policy_line *out, char problem[QUBES_ERROR_MAX])
{
    words split_line;
    memset(out, 0, sizeof *out);
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    if (length == 0 || *text == '#')
        return NULL;
    const char *wrong = split(text, length, &split_line, problem);
    if (wrong)
        return wrong;
    if (split_line.word[0][0] == '!')
        return parse_directive(&split_line, out, problem);
    out->kind = LINE_RULE;
    return parse_rule(&split_line, &out->rule, problem);
}
