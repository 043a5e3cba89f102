/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-setup-helper: what the installers need and neither NSIS nor Windows Installer does safely. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "os.h"
#include "payload.h"
#include "profile.h"
#include "services.h"
#include "transaction.h"
#include "tree.h"
#include "unpack.h"
#include "version.h"

static const char help[] =
    "Usage: qubes-setup-helper VERB [OPTION VALUE]...\n"
    "\n"
    "Files of an installation, replaced as one step:\n"
    "  begin --install DIR [--machine]    take back an interrupted step, make DIR\\.setup\\new\n"
    "  swap --install DIR                 put what is in .setup\\new in place\n"
    "  rollback --install DIR             restore what was before begin\n"
    "  finish --install DIR               drop what was before begin\n"
    "  uninstall --install DIR [--except FILE]   remove the recorded files\n"
    "Files beside the installer:\n"
    "  check --file FILE --sha256 HEX --size BYTES [--optional]\n"
    "  place (the same) --to FILE [--append]\n"
    "  remove --to FILE\n"
    "  unpack --file FILE --data DIR --brings FILE [--brings FILE]... [-- PROGRAM [ARGUMENT]...]\n"
    "      decompresses (Zstandard) to the first FILE below DIR, and removes what was compressed; PROGRAM gets its path\n"
    "      and SHA-256 as further arguments. unseed takes it back, and the other files, which PROGRAM brings\n"
    "Data that outlives versions:\n"
    "  seed --data DIR --defaults DIR --id ID [--closed DIR]...\n"
    "  unseed | settle --data DIR\n"
    "  release --data DIR --id ID\n"
    "  purge --data DIR --id ID [--key KEY [--machine]]\n"
    "Windows:\n"
    "  services-create | services-start | services-stop | services-remove --list FILE [--install DIR]\n"
    "  path-add | path-remove --directory DIR [--machine]\n"
    "  run-if-older --from VERSION --before VERSION -- PROGRAM [ARGUMENT]...\n"
    "For people:\n"
    "  import-profile --to DIR [--profile DIR] [--folder NAME]...\n"
    "      copies Desktop, Documents, Downloads, Music, Pictures and Videos, or the named folders,\n"
    "      to DIR, which may be a directory of a domain; nothing is overwritten\n"
    "\n"
    "Ends with 0, 1 (failed, with a line that says why), 2 (usage) or 3010 (done at the next restart).\n";

typedef struct options {
    char *install, *file, *sha256, *to, *data, *defaults, *id, *list, *directory, *from, *before, *profile, *key, *except;
    uint64_t size;
    bool machine, optional, append, has_size;
    list closed, folders, brings, rest;
} options;

/* What an option's value is; a path is made absolute before anything uses it. */
typedef enum form { PATH, TEXT } form;

static bool set_value(options *to, const char *name, char *value)
{
    struct {
        const char *name;
        form form;
        char **field;
    } const fields[] = {
        {"--install", PATH, &to->install}, {"--file", PATH, &to->file},         {"--to", PATH, &to->to},
        {"--data", PATH, &to->data},       {"--defaults", PATH, &to->defaults}, {"--list", PATH, &to->list},
        {"--profile", PATH, &to->profile}, {"--directory", PATH, &to->directory},
        {"--sha256", TEXT, &to->sha256},   {"--id", TEXT, &to->id},           {"--key", TEXT, &to->key},         {"--except", TEXT, &to->except},
        {"--from", TEXT, &to->from},       {"--before", TEXT, &to->before},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(name, fields[i].name) == 0) {
            *fields[i].field = fields[i].form == PATH ? os_absolute(value) : value;
            return *fields[i].field != NULL || problem("%s is not an absolute path.", value);
        }
    if (strcmp(name, "--closed") == 0)
        list_add(&to->closed, value);
    else if (strcmp(name, "--brings") == 0)
        list_add(&to->brings, value);
    else if (strcmp(name, "--folder") == 0)
        list_add(&to->folders, value);
    else if (strcmp(name, "--size") == 0) {
        char *end;
        to->size = strtoull(value, &end, 10);
        to->has_size = *value >= '0' && *value <= '9' && *end == '\0';
        return to->has_size || problem("%s is not a number of bytes.", value);
    } else
        return problem("%s is not an option.", name);
    return true;
}

static bool are_relative(const list *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        if (!relative_path_is_sound(paths->items[i]))
            return problem("%s is not a relative path.", paths->items[i]);
    return true;
}

static bool read_options(options *to, char **arguments, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--machine") == 0)
            to->machine = true;
        else if (strcmp(arguments[i], "--optional") == 0)
            to->optional = true;
        else if (strcmp(arguments[i], "--append") == 0)
            to->append = true;
        else if (strcmp(arguments[i], "--") == 0) {
            for (i++; i < count; i++)
                list_add(&to->rest, arguments[i]);
        } else if (i + 1 == count)
            return problem("%s needs a value or is not an option.", arguments[i]);
        else if (!set_value(to, arguments[i], arguments[i + 1]))
            return false;
        else
            i++;
    }
    return are_relative(&to->closed) && are_relative(&to->brings);
}

static int begin(const options *with)
{
    return transaction_begin(with->install, with->machine) ? DONE : FAILED;
}

static int swap(const options *with)
{
    return transaction_swap(with->install) ? DONE : FAILED;
}

static int rollback(const options *with)
{
    return transaction_rollback(with->install) ? DONE : FAILED;
}

static int finish(const options *with)
{
    bool reboot = false;
    return !transaction_finish(with->install, &reboot) ? FAILED : reboot ? REBOOT : DONE;
}

static int uninstall(const options *with)
{
    bool reboot = false;
    return !transaction_uninstall(with->install, with->except, &reboot) ? FAILED : reboot ? REBOOT : DONE;
}

static payload payload_of(const options *with)
{
    return (payload){with->file, with->sha256, with->size, with->optional};
}

static int check(const options *with)
{
    payload what = payload_of(with);
    return payload_check(&what) ? DONE : FAILED;
}

static int place(const options *with)
{
    payload what = payload_of(with);
    return payload_place(&what, with->to, with->append) ? DONE : FAILED;
}

static int remove_placed(const options *with)
{
    return os_kind(with->to) == NOTHING || os_remove_file(with->to) ? DONE : FAILED;
}

static int seed(const options *with)
{
    return data_seed(with->data, with->defaults, with->id, &with->closed) ? DONE : FAILED;
}

static int unseed(const options *with)
{
    return data_unseed(with->data) ? DONE : FAILED;
}

static int settle(const options *with)
{
    return data_settle(with->data) ? DONE : FAILED;
}

static int release(const options *with)
{
    return data_release(with->data, with->id) ? DONE : FAILED;
}

static int purge(const options *with)
{
    if (!data_purge(with->data, with->id))
        return FAILED;
    return with->key == NULL || os_forget_data(with->key, with->machine) ? DONE : FAILED;
}

static int create_services(const options *with)
{
    services all;
    return services_read(with->list, &all) && services_create(&all, with->install) ? DONE : FAILED;
}

static int start_services(const options *with)
{
    services all;
    return services_read(with->list, &all) && services_start(&all) ? DONE : FAILED;
}

static int stop_services(const options *with)
{
    services all;
    return services_read(with->list, &all) && services_stop(&all) ? DONE : FAILED;
}

static int remove_services(const options *with)
{
    services all;
    return services_read(with->list, &all) && services_remove(&all) ? DONE : FAILED;
}

static int add_to_path(const options *with)
{
    return os_path_add(with->directory, with->machine) ? DONE : FAILED;
}

static int remove_from_path(const options *with)
{
    return os_path_remove(with->directory, with->machine) ? DONE : FAILED;
}

static int run_program(const list *command)
{
    char *program = command->items[0];
    long code = os_run(program, command->items + 1, command->count - 1);
    if (code == -1)
        return problem("%s cannot be started: %s.", program, os_reason()), FAILED;
    return code == 0 ? DONE : (problem("%s failed with code %ld.", program, code), FAILED);
}

static int run_if_older(const options *with)
{
    if (with->rest.count == 0 || !version_is_sound(with->from) || !version_is_sound(with->before))
        return problem("run-if-older needs two versions and a program."), USAGE;
    if (version_compare(with->from, with->before) >= 0)
        return DONE;
    return run_program(&with->rest);
}

static int unpack_payload(const options *with)
{
    char hex[65];
    list command = with->rest;
    if (with->brings.count == 0)
        return problem("unpack lacks an option; see --help."), USAGE;
    char *to = os_absolute(join(with->data, with->brings.items[0]));
    if (!data_coming(with->data, &with->brings) || !unpack(with->file, to, hex))
        return FAILED;
    if (command.count == 0)
        return DONE;
    list_add(&command, to);
    list_add(&command, hex);
    return run_program(&command);
}

static int import_profile(const options *with)
{
    static char *const usual[] = {"Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos"};
    const list all = {sizeof usual / sizeof *usual, (char **)usual};
    const char *profile = with->profile != NULL ? with->profile : os_profile();
    profile_count count;
    if (profile == NULL)
        return problem("The profile is unknown: name it with --profile."), FAILED;
    if (!profile_import(profile, with->to, with->folders.count > 0 ? &with->folders : &all, &count))
        return FAILED;
    note("%zu copied (%llu bytes), %zu there already, %zu left out.", count.copied,
         (unsigned long long)count.bytes, count.present, count.left_out);
    return DONE;
}

/* Which options a verb cannot do without. */
enum { INSTALL = 1, TO = 2, DATA = 4, ID = 8, LIST = 16, DIRECTORY_OPTION = 32, PAYLOAD = 64, DEFAULTS = 128, VERSIONS = 256, SOURCE_FILE = 512 };

static unsigned given(const options *with)
{
    return (with->install != NULL ? INSTALL : 0u) | (with->to != NULL ? TO : 0u) |
           (with->data != NULL ? DATA : 0u) | (with->id != NULL ? ID : 0u) | (with->list != NULL ? LIST : 0u) |
           (with->directory != NULL ? DIRECTORY_OPTION : 0u) | (with->defaults != NULL ? DEFAULTS : 0u) |
           (with->from != NULL && with->before != NULL ? VERSIONS : 0u) | (with->file != NULL ? SOURCE_FILE : 0u) |
           (with->file != NULL && with->has_size && with->sha256 != NULL && payload_sha256_is_sound(with->sha256)
                ? PAYLOAD
                : 0u);
}

static const struct verb {
    const char *name;
    int (*run)(const options *with);
    unsigned needs;
} verbs[] = {
    {"begin", begin, INSTALL},
    {"swap", swap, INSTALL},
    {"rollback", rollback, INSTALL},
    {"finish", finish, INSTALL},
    {"uninstall", uninstall, INSTALL},
    {"check", check, PAYLOAD},
    {"place", place, PAYLOAD | TO},
    {"remove", remove_placed, TO},
    {"unpack", unpack_payload, DATA | SOURCE_FILE},
    {"seed", seed, DATA | DEFAULTS | ID},
    {"unseed", unseed, DATA},
    {"settle", settle, DATA},
    {"release", release, DATA | ID},
    {"purge", purge, DATA | ID},
    {"services-create", create_services, LIST | INSTALL},
    {"services-start", start_services, LIST},
    {"services-stop", stop_services, LIST},
    {"services-remove", remove_services, LIST},
    {"path-add", add_to_path, DIRECTORY_OPTION},
    {"path-remove", remove_from_path, DIRECTORY_OPTION},
    {"run-if-older", run_if_older, VERSIONS},
    {"import-profile", import_profile, TO},
};

static bool id_is_sound(const char *id)
{
    return id == NULL || (*id != '\0' && strlen(id) <= 64 &&
                          strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz-") == strlen(id));
}

static int run(int count, char **arguments)
{
    options with = {0};
    if (count == 2 && strcmp(arguments[1], "--version") == 0) {
        note("%s", VERSION);
        return DONE;
    }
    if (count < 2 || strcmp(arguments[1], "--help") == 0) {
        fputs(help, count < 2 ? stderr : stdout);
        return count < 2 ? USAGE : DONE;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(arguments[1], verbs[i].name) == 0) {
            if (!read_options(&with, arguments + 2, count - 2))
                return USAGE;
            if ((given(&with) & verbs[i].needs) != verbs[i].needs || !id_is_sound(with.id))
                return problem("%s lacks an option, or one has no sound value; see --help.", verbs[i].name), USAGE;
            return verbs[i].run(&with);
        }
    problem("%s is not a verb; see --help.", arguments[1]);
    return USAGE;
}

#ifdef _WIN32
#include "wide.h"

int wmain(int count, wchar_t **arguments)
{
    char **narrowed = keep(NULL, ((size_t)count + 1) * sizeof *narrowed);
    for (int i = 0; i < count; i++)
        narrowed[i] = narrow(arguments[i]);
    return run(count, narrowed);
}
#else
int main(int count, char **arguments)
{
    return run(count, arguments);
}
#endif
