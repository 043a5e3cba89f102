/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services of a product: reading their list, and acting on it. */
#ifndef SETUP_SERVICES_H
#define SETUP_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "say.h"

typedef enum start { START_AUTO, START_DELAYED, START_DEMAND, START_DISABLED } start;

enum { RESTARTS_MAX = 3 }; /* Windows applies its third failure action to all later failures */

typedef struct service {
    char *name, *display, *description;
    char *program; /* relative to the installation directory */
    char *arguments;
    start start;
    char *account; /* NULL: LocalSystem */
    list depends;
    uint32_t restarts[RESTARTS_MAX]; /* milliseconds to wait before the n-th restart */
    size_t restart_count;
} service;

typedef struct services {
    size_t count;
    service *items;
} services;

/*
 * Reads a list: lines of a key, a tab and a value. "service NAME" begins one; then display, description,
 * program, arguments, start (auto, delayed, demand, disabled), account (LocalSystem, LocalService,
 * NetworkService), depends (may repeat), restart (milliseconds; may repeat).
 */
bool services_read(const char *file, services *out);

/* The command line of a service: its program in quotes, so that no other path can be meant. */
char *services_command(const service *what, const char *install);

/*
 * Those below act on the whole list, in order or, for stop and remove, from its end. Windows only.
 * Services of features that are not installed, whose programs are absent, are passed over.
 */
bool services_create(const services *all, const char *install);
/* Starts those that start by themselves and waits until they run. */
bool services_start(const services *all);
/* Stops them, with what depends on them, and waits until their processes have ended. */
bool services_stop(const services *all);
bool services_remove(const services *all);

#endif
