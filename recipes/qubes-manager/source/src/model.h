/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * What the window shows and does, without a window: the list of domains, which one is selected, what can
 * be done with it, and the work that goes on in the background. A view draws it and hands events in.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "qubes-admin.h"

#define MODEL_JOBS 16
#define MODEL_MESSAGE 640

typedef enum model_action { ACTION_START, ACTION_STOP, ACTION_REFRESH, ACTION_COUNT } model_action;

/* One piece of work on its thread. The thread writes status and error, then sets progress. */
typedef struct model_job {
    atomic_int progress; /* 0 free, 1 under way, 2 done */
    model_action action;
    char name[QUBES_NAME_MAX + 1];
    qubes_paths paths;
    qubes_status status;
    qubes_error error;
} model_job;

typedef struct model {
    qubes_paths paths;
    qubes_domain_list domains;
    char selected[QUBES_NAME_MAX + 1]; /* by name, so that it survives a change of the list */
    char message[MODEL_MESSAGE];       /* for the line at the bottom; "" for none */
    bool is_error;
    bool list_failed; /* the list shown is older than a failure to read it */
    model_job jobs[MODEL_JOBS];
} model;

/* Begins with an empty list; model_reload fills it. */
void model_init(model *out, const qubes_paths *paths);
/* Only when no job is under way. */
void model_free(model *what);

/* Reads the domains. True when something that is shown has changed. */
bool model_reload(model *what);

/* Selecting; an index outside the list changes nothing. -1: nothing is selected. */
int model_selected_index(const model *what);
void model_select(model *what, int index);
void model_move(model *what, int by);

/* The button's text, and whether it can be pressed now. */
const char *model_action_name(model_action action);
bool model_can(const model *what, model_action action);

/* Begins the work for the selected domain; nothing happens when it is not possible. */
void model_act(model *what, model_action action);
/* Takes in what has finished since. True when something that is shown has changed. */
bool model_collect(model *what);
bool model_is_busy(const model *what);

/* The cells of a row. */
typedef enum model_column { COLUMN_NAME, COLUMN_STATE, COLUMN_CLASS, COLUMN_TEMPLATE, COLUMN_NETVM, COLUMN_COUNT } model_column;
const char *model_column_name(model_column column);
const char *model_cell(const model *what, size_t row, model_column column);

/* The properties of the selected domain: calls back with each; nothing when none is selected. */
typedef void model_visit(void *context, const char *key, const char *value);
void model_each_property(const model *what, model_visit *visit, void *context);

#endif
