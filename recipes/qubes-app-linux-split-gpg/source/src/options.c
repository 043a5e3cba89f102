/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of gpg that another domain may use. */
#include "options.h"

#include <string.h>

enum kind {
    FLAG,
    TEXT,     /* takes a value that gpg only compares, stores or shows */
    STREAM,   /* takes the number of a stream that gpg writes to */
    DASH,     /* takes "-" and nothing else */
    CHOICES,  /* takes a list of words */
    COMMAND,  /* says what to do with a file */
    OF_USERS, /* says what to do with users or keys */
};

/*
 * Left out on purpose is what names a file, a program, a server or a socket, what changes keys, trust or gpg's
 * configuration, and what asks at a terminal. gpg takes abbreviations of names; here they are refused.
 */
static const struct option {
    const char *name;
    char letter;
    enum kind kind;
} known[] = {
    {"sign", 's', COMMAND}, {"detach-sign", 'b', COMMAND}, {"clear-sign", 0, COMMAND}, {"clearsign", 0, COMMAND},
    {"encrypt", 'e', COMMAND}, {"symmetric", 'c', COMMAND}, {"decrypt", 'd', COMMAND}, {"store", 0, COMMAND},
    {"verify", 0, COMMAND}, {"list-config", 0, COMMAND}, {"export-ownertrust", 0, COMMAND}, {"version", 0, COMMAND},
    {"list-keys", 'k', OF_USERS}, {"list-key", 0, OF_USERS}, {"list-public-keys", 0, OF_USERS},
    {"list-secret-keys", 'K', OF_USERS}, {"list-sigs", 0, OF_USERS}, {"list-sig", 0, OF_USERS},
    {"fingerprint", 0, OF_USERS}, {"export", 0, OF_USERS}, {"export-ssh-key", 0, OF_USERS},

    {"output", 'o', DASH},
    {"status-fd", 0, STREAM}, {"logger-fd", 0, STREAM}, {"attribute-fd", 0, STREAM},
    {"list-options", 0, CHOICES}, {"verify-options", 0, CHOICES}, {"export-options", 0, CHOICES},

    {"recipient", 'r', TEXT}, {"hidden-recipient", 'R', TEXT}, {"local-user", 'u', TEXT}, {"default-key", 0, TEXT},
    {"encrypt-to", 0, TEXT}, {"hidden-encrypt-to", 0, TEXT}, {"try-secret-key", 0, TEXT}, {"trusted-key", 0, TEXT},
    {"sender", 0, TEXT}, {"comment", 0, TEXT}, {"set-filename", 0, TEXT}, {"set-notation", 'N', TEXT},
    {"sig-notation", 0, TEXT}, {"cert-notation", 0, TEXT}, {"keyid-format", 0, TEXT}, {"trust-model", 0, TEXT},
    {"max-output", 0, TEXT}, {"cipher-algo", 0, TEXT}, {"digest-algo", 0, TEXT}, {"compress-algo", 0, TEXT},
    {"s2k-mode", 0, TEXT}, {"s2k-count", 0, TEXT}, {"s2k-cipher-algo", 0, TEXT}, {"s2k-digest-algo", 0, TEXT},
    {"personal-cipher-preferences", 0, TEXT}, {"personal-digest-preferences", 0, TEXT},
    {"personal-compress-preferences", 0, TEXT},

    {"armor", 'a', FLAG}, {"no-armor", 0, FLAG}, {"textmode", 't', FLAG}, {"quiet", 'q', FLAG}, {"verbose", 'v', FLAG},
    {"no-verbose", 0, FLAG}, {"dry-run", 'n', FLAG}, {"batch", 0, FLAG}, {"no-tty", 0, FLAG}, {"no-greeting", 0, FLAG},
    {"no-secmem-warning", 0, FLAG}, {"always-trust", 0, FLAG}, {"no-auto-check-trustdb", 0, FLAG},
    {"with-colons", 0, FLAG}, {"with-fingerprint", 0, FLAG}, {"with-keygrip", 0, FLAG}, {"with-secret", 0, FLAG},
    {"fixed-list-mode", 0, FLAG}, {"list-only", 0, FLAG}, {"emit-version", 0, FLAG}, {"no-emit-version", 0, FLAG},
    {"no-comments", 0, FLAG}, {"throw-keyids", 0, FLAG}, {"no-throw-keyids", 0, FLAG}, {"no-encrypt-to", 0, FLAG},
    {"no-default-recipient", 0, FLAG}, {"default-recipient-self", 0, FLAG}, {"try-all-secrets", 0, FLAG},
    {"skip-hidden-recipients", 0, FLAG}, {"no-skip-hidden-recipients", 0, FLAG}, {"show-session-key", 0, FLAG},
    {"unwrap", 0, FLAG}, {"openpgp", 0, FLAG}, {"gnupg", 0, FLAG}, {"rfc4880", 0, FLAG}, {"rfc2440", 0, FLAG},
    {"enable-progress-filter", 0, FLAG}, {"exit-on-status-write-error", 0, FLAG},
};

/* What the three lists may hold, each also with "no-" before it. Not show-keyring: it tells the paths of files. */
static const char *const choices[] = {
    "show-photos", "show-usage", "show-policy-urls", "show-notations", "show-std-notations",
    "show-standard-notations", "show-user-notations", "show-keyserver-urls", "show-uid-validity",
    "show-unusable-uids", "show-unusable-subkeys", "show-sig-expire", "show-sig-subpackets", "show-only-fpr-mbox",
    "sort-sigs", "show-primary-uid-only", "export-local-sigs", "export-attributes", "export-sensitive-revkeys",
    "export-clean", "export-minimal",
};

static bool refuse(struct gpg_call *call, const char *problem, const char *where)
{
    call->problem = problem;
    call->where = where;
    return false;
}

/* The bytes of the UTF-8 character at `text` (RFC 3629), 0 when it is none or not printable. */
static size_t printable_at(const unsigned char *text)
{
    static const struct {
        unsigned char first, last, second_first, second_last;
        size_t length;
    } forms[] = {
        {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        if (forms[i].length == 1)
            return 1;
        if (text[1] < forms[i].second_first || text[1] > forms[i].second_last)
            return 0;
        for (size_t at = 2; at < forms[i].length; at++)
            if (text[at] < 0x80 || text[at] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static bool is_printable(const char *text)
{
    while (*text != '\0') {
        size_t length = printable_at((const unsigned char *)text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

/* A number as the protocol has it: no sign, no leading zero, at most NUMBER_MOST; -1 for anything else. */
static int number_of(const char *text)
{
    int number = 0;

    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + (*text - '0');
        if (number > NUMBER_MOST)
            return -1;
    }
    return number;
}

static int index_of(const int *streams, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        if (streams[i] == number)
            return (int)i;
    return -1;
}

/* Adds a stream to one direction; its index, or -1 when there are too many or it is one of the other direction. */
static int add_stream(int *streams, size_t *count, int number, const int *others, size_t other_count)
{
    int at = index_of(streams, *count, number);

    if (at >= 0)
        return at;
    /* One less than the protocol's sixteen, as the other implementation has it. */
    if (*count >= STREAMS_MOST - 1 || index_of(others, other_count, number) >= 0)
        return -1;
    streams[*count] = number;
    return (int)(*count)++;
}

static bool is_choice(const char *text, size_t length)
{
    if (length > 3 && strncmp(text, "no-", 3) == 0) {
        text += 3;
        length -= 3;
    }
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strlen(choices[i]) == length && memcmp(choices[i], text, length) == 0)
            return true;
    return false;
}

static bool are_choices(const char *text)
{
    for (;;) {
        size_t length = strcspn(text, ", ");
        if (!is_choice(text, length))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

static bool add_option(struct gpg_call *call, const struct option *option, const char *value, const char *where)
{
    int number, output = -1;

    if (call->option_count >= ARGUMENTS_MOST)
        return refuse(call, "too many arguments", where);
    switch (option->kind) {
    case DASH:
        if (strcmp(value, "-") != 0)
            return refuse(call, "output goes to \"-\" only", where);
        break;
    case STREAM:
        number = number_of(value);
        if (number < 1)
            return refuse(call, "not the number of a stream", where);
        output = add_stream(call->outputs, &call->output_count, number, call->inputs, call->input_count);
        if (output < 0)
            return refuse(call, "too many streams, or one that is read and written", where);
        value = NULL;
        break;
    case CHOICES:
        if (!are_choices(value))
            return refuse(call, "the list has a word that is not allowed", where);
        break;
    case TEXT:
        if (value[0] == '\0')
            return refuse(call, "an empty value", where);
        break;
    default:
        break;
    }
    call->options[call->option_count].name = option->name;
    call->options[call->option_count].value = value;
    call->options[call->option_count++].output = output;
    return true;
}

static bool takes_value(const struct option *option)
{
    return option->kind == TEXT || option->kind == STREAM || option->kind == DASH || option->kind == CHOICES;
}

/* What a command says about operands; commands of both kinds do not go together. */
static bool note_command(struct gpg_call *call, const struct option *option, bool *commanded, const char *where)
{
    if (option->kind != COMMAND && option->kind != OF_USERS)
        return true;
    bool names_files = option->kind == COMMAND;
    if (*commanded && call->names_files != names_files)
        return refuse(call, "commands that exclude each other", where);
    *commanded = true;
    call->names_files = names_files;
    call->verifies = call->verifies || strcmp(option->name, "verify") == 0;
    return true;
}

struct cursor {
    const char *const *arguments;
    size_t count, at;
    bool commanded;
};

static const struct option *by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0)
            return &known[i];
    return NULL;
}

static const struct option *by_letter(char letter)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].letter != 0 && known[i].letter == letter)
            return &known[i];
    return NULL;
}

/* The value that follows an option as an argument of its own. */
static const char *next_value(struct cursor *from)
{
    return from->at < from->count ? from->arguments[from->at++] : NULL;
}

static bool read_long(struct gpg_call *call, struct cursor *from, const char *argument)
{
    const char *equals = strchr(argument, '=');
    size_t length = equals != NULL ? (size_t)(equals - argument - 2) : strlen(argument + 2);
    const struct option *option = by_name(argument + 2, length);
    const char *value = NULL;

    if (option == NULL)
        return refuse(call, "not an allowed option", argument);
    if (takes_value(option)) {
        value = equals != NULL ? equals + 1 : next_value(from);
        if (value == NULL)
            return refuse(call, "the value is missing", argument);
    } else if (equals != NULL) {
        return refuse(call, "takes no value", argument);
    }
    return note_command(call, option, &from->commanded, argument) && add_option(call, option, value, argument);
}

/* "-sbau KEY": letters, of which the last may take the rest or the next argument as its value. */
static bool read_letters(struct gpg_call *call, struct cursor *from, const char *argument)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        const struct option *option = by_letter(*letter);
        const char *value = NULL;
        if (option == NULL)
            return refuse(call, "not an allowed option", argument);
        bool ends = takes_value(option);
        if (ends) {
            value = letter[1] != '\0' ? letter + 1 : next_value(from);
            if (value == NULL)
                return refuse(call, "the value is missing", argument);
        }
        if (!note_command(call, option, &from->commanded, argument) || !add_option(call, option, value, argument))
            return false;
        if (ends)
            break;
    }
    return true;
}

static bool check_operands(struct gpg_call *call, enum gpg_side side)
{
    static const char prefix[] = "/dev/fd/";
    size_t at = 0;

    if (!call->names_files || side == GPG_CLIENT)
        return true;
    if (call->verifies && call->operand_count > 0) {
        const char *signature = call->operands[at++];
        int number = strncmp(signature, prefix, strlen(prefix)) == 0 ? number_of(signature + strlen(prefix)) : -1;
        if (number < 3 ||
            add_stream(call->inputs, &call->input_count, number, call->outputs, call->output_count) < 0)
            return refuse(call, "a signature can be read from a stream only", signature);
    }
    if (at < call->operand_count && strcmp(call->operands[at], "-") == 0)
        at++;
    return at == call->operand_count || refuse(call, "files cannot be named here", call->operands[at]);
}

bool gpg_call_read(struct gpg_call *out, enum gpg_side side, size_t count, const char *const *arguments)
{
    struct cursor from = {.arguments = arguments, .count = count};
    bool options_end = false;

    memset(out, 0, sizeof *out);
    out->inputs[out->input_count++] = 0;
    out->outputs[out->output_count++] = 1;
    out->outputs[out->output_count++] = 2;
    for (size_t i = 0; i < count; i++)
        if (!is_printable(arguments[i]))
            return refuse(out, "not printable UTF-8", "");
    if (count > ARGUMENTS_MOST)
        return refuse(out, "too many arguments", "");
    while (from.at < from.count) {
        const char *argument = from.arguments[from.at++];
        bool is_option = !options_end && argument[0] == '-' && argument[1] != '\0';
        if (is_option && strcmp(argument, "--") == 0)
            options_end = true;
        else if (is_option && !(argument[1] == '-' ? read_long(out, &from, argument)
                                                   : read_letters(out, &from, argument)))
            return false;
        else if (!is_option)
            out->operands[out->operand_count++] = argument;
    }
    if (!from.commanded)
        return refuse(out, "a command is missing", "");
    return check_operands(out, side);
}
