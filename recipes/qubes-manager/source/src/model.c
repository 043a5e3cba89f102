/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the window shows and does, without a window. */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "thread.h"

enum { JOB_FREE, JOB_UNDER_WAY, JOB_DONE };

void model_init(model *out, const qubes_paths *paths)
{
    memset(out, 0, sizeof *out);
    out->paths = *paths;
}

void model_free(model *what)
{
    qubes_domain_list_free(&what->domains);
}

static void say(model *what, bool is_error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(what->message, sizeof what->message, format, args);
    va_end(args);
    what->is_error = is_error;
}

static bool same_list(const qubes_domain_list *a, const qubes_domain_list *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof *a->items) == 0);
}

bool model_reload(model *what)
{
    qubes_domain_list fresh;
    qubes_error err;
    if (qubes_domain_list_load(&what->paths, &fresh, &err) != QUBES_OK) {
        bool news = !what->list_failed || strcmp(what->message, err.text) != 0;
        what->list_failed = true;
        say(what, true, "%s", err.text);
        return news;
    }
    bool recovered = what->list_failed;
    what->list_failed = false;
    if (recovered)
        say(what, false, "");
    if (same_list(&what->domains, &fresh)) {
        qubes_domain_list_free(&fresh);
        return recovered;
    }
    qubes_domain_list_free(&what->domains);
    what->domains = fresh;
    if (model_selected_index(what) < 0)
        what->selected[0] = '\0';
    return true;
}

int model_selected_index(const model *what)
{
    for (size_t i = 0; i < what->domains.count && what->selected[0]; i++)
        if (strcmp(what->domains.items[i].name, what->selected) == 0)
            return (int)i;
    return -1;
}

void model_select(model *what, int index)
{
    if (index >= 0 && (size_t)index < what->domains.count)
        memcpy(what->selected, what->domains.items[index].name, sizeof what->selected);
}

void model_move(model *what, int by)
{
    int count = (int)what->domains.count, index = model_selected_index(what);
    if (count == 0)
        return;
    index = index < 0 ? (by > 0 ? 0 : count - 1) : index + by;
    model_select(what, index < 0 ? 0 : index >= count ? count - 1 : index);
}

const char *model_action_name(model_action action)
{
    static const char *const names[] = {[ACTION_START] = "Start", [ACTION_STOP] = "Stop", [ACTION_REFRESH] = "Refresh"};
    return names[action];
}

static const model_job *job_of(const model *what, const char *name)
{
    for (size_t i = 0; i < MODEL_JOBS; i++) {
        const model_job *job = &what->jobs[i];
        if (atomic_load(&job->progress) != JOB_FREE && strcmp(job->name, name) == 0)
            return job;
    }
    return NULL;
}

static const qubes_domain *selected(const model *what)
{
    int index = model_selected_index(what);
    return index < 0 ? NULL : &what->domains.items[index];
}

bool model_can(const model *what, model_action action)
{
    const qubes_domain *domain = selected(what);
    if (action == ACTION_REFRESH)
        return !job_of(what, "");
    if (!domain || domain->cls == QUBES_CLASS_ADMIN || job_of(what, domain->name))
        return false;
    return action == ACTION_START ? domain->state == QUBES_STATE_HALTED : domain->state != QUBES_STATE_HALTED;
}

static void run(void *argument)
{
    model_job *job = argument;
    switch (job->action) {
    case ACTION_START:
        job->status = qubes_vmm_start(&job->paths, job->name, &job->error);
        break;
    case ACTION_STOP:
        job->status = qubes_vmm_stop(&job->paths, job->name, &job->error);
        break;
    default:
        job->status = qubes_vmm_refresh(&job->paths, &job->error);
        break;
    }
    atomic_store(&job->progress, JOB_DONE);
}

void model_act(model *what, model_action action)
{
    size_t i = 0;
    if (!model_can(what, action))
        return;
    while (i < MODEL_JOBS && atomic_load(&what->jobs[i].progress) != JOB_FREE)
        i++;
    if (i == MODEL_JOBS) {
        say(what, true, "too much is under way: wait for some of it");
        return;
    }
    model_job *job = &what->jobs[i];
    job->action = action;
    job->paths = what->paths;
    snprintf(job->name, sizeof job->name, "%s", action == ACTION_REFRESH ? "" : what->selected);
    atomic_store(&job->progress, JOB_UNDER_WAY);
    say(what, false, "%s %s ...", model_action_name(action), job->name);
    if (!thread_begin(run, job)) {
        atomic_store(&job->progress, JOB_FREE);
        say(what, true, "no thread for this work can be had");
    }
}

bool model_collect(model *what)
{
    bool changed = false;
    for (size_t i = 0; i < MODEL_JOBS; i++) {
        model_job *job = &what->jobs[i];
        if (atomic_load(&job->progress) != JOB_DONE)
            continue;
        if (job->status != QUBES_OK)
            say(what, true, "%s", job->error.text);
        else
            say(what, false, "%s %s: done", model_action_name(job->action), job->name);
        job->name[0] = '\0';
        atomic_store(&job->progress, JOB_FREE);
        changed = true;
    }
    return changed;
}

bool model_is_busy(const model *what)
{
    for (size_t i = 0; i < MODEL_JOBS; i++)
        if (atomic_load(&what->jobs[i].progress) != JOB_FREE)
            return true;
    return false;
}

const char *model_column_name(model_column column)
{
    static const char *const names[] = {"Name", "State", "Class", "Template", "Network"};
    return names[column];
}

static const char *state_text(const model *what, const qubes_domain *domain)
{
    const model_job *job = job_of(what, domain->name);
    if (job)
        return job->action == ACTION_START ? "Starting" : "Stopping";
    switch (domain->state) {
    case QUBES_STATE_STARTING:
        return "Starting";
    case QUBES_STATE_STOPPING:
        return "Stopping";
    default:
        return qubes_state_name(domain->state);
    }
}

const char *model_cell(const model *what, size_t row, model_column column)
{
    const qubes_domain *domain = &what->domains.items[row];
    switch (column) {
    case COLUMN_NAME:
        return domain->name;
    case COLUMN_STATE:
        return state_text(what, domain);
    case COLUMN_CLASS:
        return qubes_class_name(domain->cls);
    case COLUMN_TEMPLATE:
        return domain->template_name;
    default:
        return domain->netvm;
    }
}

void model_each_property(const model *what, model_visit *visit, void *context)
{
    const qubes_domain *domain = selected(what);
    char value[QUBES_PATH_MAX];
    for (size_t i = 0; domain && qubes_property_names[i]; i++)
        if (qubes_domain_get(domain, qubes_property_names[i], value, sizeof value, NULL) == QUBES_OK)
            visit(context, qubes_property_names[i], value);
}
