/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data directory: domains, policy and settings, which outlive every version of every product. */
#ifndef SETUP_DATA_H
#define SETUP_DATA_H

#include <stdbool.h>

#include "say.h"

/*
 * In a data directory:
 *   .setup/seeded          default files that were ever put here: one that a person deletes stays away
 *   .setup/undo            what the last seed() put, until the installation is finished
 *   .setup/product-<id>    one for each installed product that uses the directory
 */

/*
 * Copies the files below `defaults` that are not there and never were. `closed` names directories,
 * relative to data, that only administrators may write to.
 */
bool data_seed(const char *data, const char *defaults, const char *id, const list *closed);
/*
 * More that the last seed() is about to bring: whatever of these files, relative to data, is not there yet is taken
 * back with it. Nothing once it is settled.
 */
bool data_coming(const char *data, const list *paths);
/* Takes the last seed() back, for an installation that fails later. */
bool data_unseed(const char *data);
/* The installation has succeeded: there is nothing to take back any more. */
bool data_settle(const char *data);
/* The product is gone; what it kept stays. */
bool data_release(const char *data, const char *id);
/*
 * Removes everything a person asked to remove. Refuses a directory that no seed() has marked, and
 * one that another installed product uses.
 */
bool data_purge(const char *data, const char *id);

#endif
