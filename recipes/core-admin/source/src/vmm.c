/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Starting and stopping domains through the VMM's driver, and keeping their recorded states true. */
#include "qubes-admin/vmm.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "old-images.h"
#include "os.h"
#include "store.h"

#define START_SECONDS 300 /* a first start creates disks */
#define STOP_SECONDS 180
#define LIST_SECONDS 60
#define CHAIN_MAX 16 /* netvms behind each other */

/* The first line of the driver file: a path below the installation, or an absolute one. */
static qubes_status driver_program(const qubes_paths *paths, char *out, size_t size, qubes_error *err)
{
    char *text;
    size_t length;
    qubes_status status = os_read_file(paths->driver, QUBES_PATH_MAX, &text, &length, err);
    if (status != QUBES_OK)
        return qubes_fail(err, QUBES_E_DRIVER, "no VMM driver is installed (%s)", paths->driver);
    text[strcspn(text, "\r\n")] = '\0';
    if (!text[0])
        status = qubes_fail(err, QUBES_E_DRIVER, "%s names no program", paths->driver);
    else if (!os_path_is_absolute(text))
        status = qubes_join(out, size, paths->install, text, err);
    else if (!qubes_copy(out, size, text))
        status = qubes_fail(err, QUBES_E_DRIVER, "%s: the path is too long", paths->driver);
    free(text);
    for (char *c = out; status == QUBES_OK && OS_SEPARATOR == '\\' && *c; c++)
        if (*c == '/')
            *c = '\\';
    return status;
}

static const char *last_line(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr("\r\n \t", text[length - 1]))
        text[--length] = '\0';
    while (length > 0 && text[length - 1] != '\n')
        length--;
    return text + length;
}

/* Calls the driver; with `output` not NULL its standard output is handed over. */
static qubes_status call_driver(const qubes_paths *paths, const char *verb, const char *name, unsigned seconds,
                                char **output, qubes_error *err)
{
    char program[QUBES_PATH_MAX];
    os_run_result result;
    qubes_status status = driver_program(paths, program, sizeof program, err);
    const char *const argv[] = {program, verb, name, NULL};
    if (status == QUBES_OK)
        status = os_run(program, argv, seconds, &result, err);
    if (status != QUBES_OK)
        return status;
    if (result.timed_out)
        status = qubes_fail(err, QUBES_E_DRIVER, "the VMM driver did not finish '%s %s' in %u seconds", verb,
                            name ? name : "", seconds);
    else if (result.exit_code != 0) {
        const char *why = last_line(result.diagnostic);
        status = qubes_fail(err, QUBES_E_DRIVER, "the VMM driver failed with exit code %d: %s", result.exit_code,
                            *why ? why : "it gave no reason");
    }
    if (output && status == QUBES_OK)
        *output = result.output;
    else
        free(result.output);
    free(result.diagnostic);
    return status;
}

/* A domain on the way to running: its lock is held from here to leave(). */
typedef struct step {
    char name[QUBES_NAME_MAX + 1];
    os_lock lock;
} step;

/* Locks a domain; *running tells whether there is nothing to do. */
static qubes_status enter(const qubes_paths *paths, const char *name, step *out, qubes_domain *domain,
                          qubes_error *err)
{
    qubes_status status = qubes_domain_load(paths, name, domain, err);
    if (status == QUBES_OK && domain->cls == QUBES_CLASS_ADMIN)
        status = qubes_fail(err, QUBES_E_INVALID, "the admin domain is neither started nor stopped");
    if (status == QUBES_OK)
        status = store_lock_domain(paths, name, true, &out->lock, err);
    if (status != QUBES_OK)
        return status;
    qubes_copy(out->name, sizeof out->name, name);
    status = qubes_domain_load(paths, name, domain, err); /* as it is now that nobody else changes it */
    if (status != QUBES_OK)
        os_unlock_file(&out->lock);
    return status;
}

static void leave(step *what)
{
    os_unlock_file(&what->lock);
}

static qubes_status run_start(const qubes_paths *paths, const char *name, qubes_error *err)
{
    qubes_status status = store_write_state(paths, name, QUBES_STATE_STARTING, err);
    if (status == QUBES_OK)
        status = call_driver(paths, "start", name, START_SECONDS, NULL, err);
    if (status == QUBES_OK)
        return store_write_state(paths, name, QUBES_STATE_RUNNING, err);
    store_write_state(paths, name, QUBES_STATE_HALTED, NULL);
    return status;
}

qubes_status qubes_vmm_start(const qubes_paths *paths, const char *name, qubes_error *err)
{
    step chain[CHAIN_MAX];
    size_t count = 0;
    qubes_domain domain = {0};
    qubes_status status = QUBES_OK;
    qubes_copy(domain.netvm, sizeof domain.netvm, name);
    if (!qubes_name_is_valid(name) && strcmp(name, QUBES_ADMIN_DOMAIN) != 0)
        return qubes_fail(err, QUBES_E_INVALID, "'%s' is not a domain name", name);

    /* From the domain along its netvms to the first that runs; the locks follow the same order. */
    while (status == QUBES_OK && domain.netvm[0]) {
        char next[QUBES_NAME_MAX + 1];
        qubes_copy(next, sizeof next, domain.netvm);
        for (size_t i = 0; i < count && status == QUBES_OK; i++)
            if (strcmp(chain[i].name, next) == 0)
                status = qubes_fail(err, QUBES_E_DAMAGED, "the netvms of %s form a loop", name);
        if (status == QUBES_OK && count == CHAIN_MAX)
            status = qubes_fail(err, QUBES_E_DAMAGED, "more than %d netvms behind %s", CHAIN_MAX - 1, name);
        if (status == QUBES_OK)
            status = enter(paths, next, &chain[count], &domain, err);
        if (status != QUBES_OK)
            break;
        count++;
        if (domain.state == QUBES_STATE_RUNNING) {
            leave(&chain[--count]);
            break;
        }
    }
    /* Mark all first: a netvm must not be stopped between its start and that of its user. */
    for (size_t i = 0; i < count && status == QUBES_OK; i++)
        status = store_write_state(paths, chain[i].name, QUBES_STATE_STARTING, err);
    size_t todo = count;
    while (status == QUBES_OK && todo > 0)
        status = run_start(paths, chain[--todo].name, err);
    for (size_t i = 0; i < todo; i++)
        store_write_state(paths, chain[i].name, QUBES_STATE_HALTED, NULL);
    while (count > 0)
        leave(&chain[--count]);
    return status;
}

static qubes_status check_no_users(const qubes_paths *paths, const char *name, qubes_error *err)
{
    qubes_domain_list list;
    qubes_status status = qubes_domain_list_load(paths, &list, err);
    if (status != QUBES_OK)
        return status;
    for (size_t i = 0; i < list.count && status == QUBES_OK; i++)
        if (strcmp(list.items[i].netvm, name) == 0 && list.items[i].state != QUBES_STATE_HALTED)
            status = qubes_fail(err, QUBES_E_IN_USE, "%s is the netvm of %s, which runs", name, list.items[i].name);
    qubes_domain_list_free(&list);
    return status;
}

static qubes_status run_stop(const qubes_paths *paths, const char *name, qubes_error *err)
{
    qubes_status status = check_no_users(paths, name, err);
    if (status == QUBES_OK)
        status = store_write_state(paths, name, QUBES_STATE_STOPPING, err);
    if (status != QUBES_OK)
        return status;
    status = call_driver(paths, "stop", name, STOP_SECONDS, NULL, err);
    qubes_state state = status == QUBES_OK ? QUBES_STATE_HALTED : QUBES_STATE_RUNNING;
    qubes_status written = store_write_state(paths, name, state, status == QUBES_OK ? err : NULL);
    return status == QUBES_OK ? written : status;
}

/* The domain is off: it may have been the last on an image of before. What cannot be removed now is another time. */
static void remove_old_images(const qubes_paths *paths, const qubes_domain *domain)
{
    qubes_domain_list list;
    char name[QUBES_NAME_MAX + 1] = "";
    if (qubes_domain_list_load(paths, &list, NULL) != QUBES_OK)
        return;
    const qubes_domain *owner = image_owner(&list, domain);
    if (owner)
        qubes_copy(name, sizeof name, owner->name);
    qubes_domain_list_free(&list);
    if (name[0])
        old_images_remove(paths, name, NULL);
}

qubes_status qubes_vmm_stop(const qubes_paths *paths, const char *name, qubes_error *err)
{
    step what;
    qubes_domain domain;
    if (!qubes_name_is_valid(name) && strcmp(name, QUBES_ADMIN_DOMAIN) != 0)
        return qubes_fail(err, QUBES_E_INVALID, "'%s' is not a domain name", name);
    qubes_status status = enter(paths, name, &what, &domain, err);
    if (status != QUBES_OK)
        return status;
    if (domain.state != QUBES_STATE_HALTED)
        status = run_stop(paths, name, err);
    leave(&what);
    if (status == QUBES_OK)
        remove_old_images(paths, &domain);
    if (status == QUBES_OK && domain.cls == QUBES_CLASS_DISP)
        status = qubes_domain_remove(paths, name, true, err);
    return status == QUBES_E_NOT_FOUND ? QUBES_OK : status;
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    while (*text) {
        size_t this_length = strcspn(text, "\r\n");
        if (this_length == length && strncmp(text, line, length) == 0)
            return true;
        text += this_length;
        text += strspn(text, "\r\n");
    }
    return false;
}

/* Brings one domain's record in line with what the driver says once nobody else can change it. */
static qubes_status correct(const qubes_paths *paths, const char *name, qubes_error *err)
{
    os_lock lock;
    qubes_domain domain;
    char *running;
    qubes_status status = store_lock_domain(paths, name, false, &lock, err);
    if (status == QUBES_E_IN_USE)
        return QUBES_OK; /* who starts or stops it right now will record the truth */
    if (status != QUBES_OK)
        return status;
    status = qubes_domain_load(paths, name, &domain, err);
    if (status == QUBES_OK)
        status = call_driver(paths, "list", NULL, LIST_SECONDS, &running, err);
    if (status == QUBES_OK) {
        domain.state = has_line(running, name) ? QUBES_STATE_RUNNING : QUBES_STATE_HALTED;
        status = store_write_state(paths, name, domain.state, err);
        free(running);
    }
    os_unlock_file(&lock);
    if (status == QUBES_OK && domain.state == QUBES_STATE_HALTED)
        remove_old_images(paths, &domain);
    if (status == QUBES_OK && domain.cls == QUBES_CLASS_DISP && domain.state == QUBES_STATE_HALTED)
        status = qubes_domain_remove(paths, name, true, err);
    return status == QUBES_E_NOT_FOUND ? QUBES_OK : status;
}

qubes_status qubes_vmm_refresh(const qubes_paths *paths, qubes_error *err)
{
    qubes_domain_list list;
    char *running;
    qubes_status status = qubes_domain_list_load(paths, &list, err);
    if (status != QUBES_OK)
        return status;
    status = call_driver(paths, "list", NULL, LIST_SECONDS, &running, err);
    if (status != QUBES_OK) {
        qubes_domain_list_free(&list);
        return status;
    }
    for (size_t i = 0; i < list.count && status == QUBES_OK; i++) {
        const qubes_domain *domain = &list.items[i];
        qubes_state actual = has_line(running, domain->name) ? QUBES_STATE_RUNNING : QUBES_STATE_HALTED;
        if (domain->cls != QUBES_CLASS_ADMIN && domain->state != actual)
            status = correct(paths, domain->name, err);
    }
    free(running);
    qubes_domain_list_free(&list);
    return status;
}
