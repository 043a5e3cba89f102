/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Reading a policy directory: files in order, includes in place, all or nothing. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "os.h"
#include "policy-rules.h"

#define FILE_MAX (1024 * 1024)
#define FILES_MAX 1024   /* read in all, so that includes cannot multiply without end */
#define RULES_MAX 65536
#define DEPTH_MAX 16     /* files that include files */

/* A file that is being read; the stack of these replaces recursion. */
typedef struct frame {
    char *data;
    size_t size, position;
    size_t file;
    unsigned line;
    os_listing pending; /* an !include-dir whose files are still to be read */
    size_t next;
    char directory[QUBES_PATH_MAX]; /* of `pending` */
} frame;

typedef struct loader {
    const char *root;
    qubes_policy *policy;
    size_t depth;
    frame stack[DEPTH_MAX];
} loader;

static qubes_status push_file(loader *into, const char *path, qubes_error *err)
{
    qubes_policy *policy = into->policy;
    if (into->depth == DEPTH_MAX)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:1: included more than %d deep (a loop?)", path, DEPTH_MAX - 1);
    if (policy->file_count == FILES_MAX)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:1: more than %d files", path, FILES_MAX);
    frame *top = &into->stack[into->depth];
    memset(top, 0, sizeof *top);
    qubes_status status = os_read_file(path, FILE_MAX, &top->data, &top->size, err);
    if (status != QUBES_OK)
        return status;
    char **files = realloc(policy->files, (policy->file_count + 1) * sizeof *files);
    char *copy = strdup(path);
    if (files)
        policy->files = files;
    if (!files || !copy) {
        free(copy);
        free(top->data);
        return qubes_fail_memory(err);
    }
    top->file = policy->file_count;
    policy->files[policy->file_count++] = copy;
    into->depth++;
    return QUBES_OK;
}

static void pop(loader *from)
{
    frame *top = &from->stack[--from->depth];
    os_listing_free(&top->pending);
    free(top->data);
}

static qubes_status add_rule(qubes_policy *policy, const policy_rule *rule, qubes_error *err)
{
    if (policy->rule_count == RULES_MAX)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: more than %d rules", policy->files[rule->file], rule->line,
                          RULES_MAX);
    if ((policy->rule_count & (policy->rule_count - 1)) == 0) { /* full at every power of two */
        size_t room = policy->rule_count ? policy->rule_count * 2 : 1;
        policy_rule *rules = realloc(policy->rules, room * sizeof *rules);
        if (!rules)
            return qubes_fail_memory(err);
        policy->rules = rules;
    }
    policy->rules[policy->rule_count++] = *rule;
    return QUBES_OK;
}

/* The files of a directory that count: *.policy, in order. A name that could be a mistake is one. */
static qubes_status list_policy(const char *directory, os_listing *out, bool *exists, qubes_error *err)
{
    static const char suffix[] = ".policy";
    qubes_status status = os_list_directory(directory, out, exists, err);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        os_entry *entry = &out->entries[i];
        size_t length = strlen(entry->name);
        bool counts = !entry->directory && entry->name[0] != '.' && length >= sizeof suffix - 1 &&
                      strcmp(entry->name + length - (sizeof suffix - 1), suffix) == 0;
        if (counts && status == QUBES_OK && !policy_file_name_is_valid(entry->name))
            status = qubes_fail(err, QUBES_E_DAMAGED, "%s%c%s:1: a policy file's name has only a-z 0-9 _ . -",
                                directory, OS_SEPARATOR, entry->name);
        if (counts) {
            os_entry moved = *entry;
            *entry = out->entries[kept];
            out->entries[kept++] = moved;
        }
    }
    if (status != QUBES_OK) {
        os_listing_free(out);
        return status;
    }
    while (out->count > kept)
        free(out->entries[--out->count].name);
    return QUBES_OK;
}

static qubes_status below_root(const loader *from, const char *relative, char *out, size_t size, qubes_error *err)
{
    qubes_status status = qubes_join(out, size, from->root, relative, err);
    for (char *c = out + strlen(from->root); status == QUBES_OK && *c; c++)
        if (*c == '/')
            *c = OS_SEPARATOR;
    return status;
}

static qubes_status include(loader *into, const policy_line *line, qubes_error *err)
{
    frame *top = &into->stack[into->depth - 1];
    char path[QUBES_PATH_MAX];
    const char *file = into->policy->files[top->file];
    qubes_status status = below_root(into, line->path, path, sizeof path, err);
    if (status != QUBES_OK)
        return status;
    if (line->kind == LINE_INCLUDE) {
        unsigned number = top->line;
        status = push_file(into, path, err);
        return status == QUBES_E_NOT_FOUND
                   ? qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: no file %s", file, number, path)
                   : status;
    }
    bool exists;
    status = list_policy(path, &top->pending, &exists, err);
    top->next = 0;
    qubes_copy(top->directory, sizeof top->directory, path);
    if (status == QUBES_OK && !exists)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: no directory %s", file, top->line, path);
    return status;
}

/* Reads one line of the innermost file, or leaves it at its end. */
static qubes_status step(loader *into, qubes_error *err)
{
    frame *top = &into->stack[into->depth - 1];
    if (top->next < top->pending.count) {
        char path[QUBES_PATH_MAX];
        const char *name = top->pending.entries[top->next++].name;
        qubes_status status = qubes_join(path, sizeof path, top->directory, name, err);
        return status == QUBES_OK ? push_file(into, path, err) : status;
    }
    os_listing_free(&top->pending);
    if (top->position == top->size) {
        pop(into);
        return QUBES_OK;
    }
    const char *begin = top->data + top->position, *limit = top->data + top->size;
    const char *newline = memchr(begin, '\n', (size_t)(limit - begin));
    const char *end = newline ? newline : limit;
    top->position = (size_t)((newline ? newline + 1 : limit) - top->data);
    top->line++;
    if (end > begin && end[-1] == '\r') /* edited on Windows */
        end--;

    policy_line line;
    char problem[QUBES_ERROR_MAX];
    const char *wrong = policy_parse_line(begin, (size_t)(end - begin), &line, problem);
    if (wrong)
        return qubes_fail(err, QUBES_E_DAMAGED, "%s:%u: %s", into->policy->files[top->file], top->line, wrong);
    if (line.kind == LINE_NOTHING)
        return QUBES_OK;
    if (line.kind != LINE_RULE)
        return include(into, &line, err);
    line.rule.file = top->file;
    line.rule.line = top->line;
    return add_rule(into->policy, &line.rule, err);
}

static qubes_status load_file(loader *into, const char *path, qubes_error *err)
{
    qubes_status status = push_file(into, path, err);
    while (status == QUBES_OK && into->depth > 0)
        status = step(into, err);
    while (into->depth > 0)
        pop(into);
    return status;
}

qubes_status qubes_policy_load(const char *directory, qubes_policy **out, qubes_error *err)
{
    os_listing listing;
    *out = NULL;
    qubes_status status = list_policy(directory, &listing, NULL, err);
    if (status != QUBES_OK)
        return status;
    loader *into = calloc(1, sizeof *into);
    qubes_policy *policy = calloc(1, sizeof *policy);
    if (!into || !policy)
        status = qubes_fail_memory(err);
    for (size_t i = 0; i < listing.count && status == QUBES_OK; i++) {
        char path[QUBES_PATH_MAX];
        into->root = directory;
        into->policy = policy;
        status = qubes_join(path, sizeof path, directory, listing.entries[i].name, err);
        if (status == QUBES_OK)
            status = load_file(into, path, err);
    }
    os_listing_free(&listing);
    free(into);
    if (status == QUBES_OK)
        *out = policy;
    else
        qubes_policy_free(policy);
    return status;
}

void qubes_policy_free(qubes_policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->file_count; i++)
        free(policy->files[i]);
    free(policy->files);
    free(policy->rules);
    free(policy);
}
