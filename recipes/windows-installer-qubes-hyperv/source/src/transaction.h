/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replacing the files of an installation as one step that can be taken back. */
#ifndef SETUP_TRANSACTION_H
#define SETUP_TRANSACTION_H

#include <stdbool.h>

/*
 * In an installation directory:
 *   .setup/new/…        files to be installed, put there by the caller after begin()
 *   .setup/old/…        files of the version before, until finish()
 *   .setup/new.txt      paths that swap() installs; exists before the first file moves
 *   uninstall/files.txt the record: every installed file, so that nothing else is ever removed
 * .setup is on the same volume, so every step is a rename. A process killed at any moment leaves a
 * state from which rollback() restores the version before.
 */

/* Takes back an interrupted installation, then makes an empty .setup/new. */
bool transaction_begin(const char *install, bool machine);
/* Moves recorded files out and new files in, and writes the record. */
bool transaction_swap(const char *install);
/* Restores what was before begin(). Does nothing when nothing was begun. */
bool transaction_rollback(const char *install);
/* Drops the version before. Sets reboot when files in use go at the next start of the computer. */
bool transaction_finish(const char *install, bool *reboot);
/* Removes exactly the recorded files but `except` (NULL: none), then directories that are empty. */
bool transaction_uninstall(const char *install, const char *except, bool *reboot);

#endif
