/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In whose name a service runs on Windows. */
#ifndef QREXEC_USER_WINDOWS_H
#define QREXEC_USER_WINDOWS_H

#include <windows.h>

#include <stdbool.h>

/* A user to run a process as; zero members mean this program's own. */
struct user_context {
    HANDLE token;
    void *environment;       /* a Unicode block of that user */
    wchar_t home[MAX_PATH];
};

/*
 * This program's own user unless it is LocalSystem. LocalSystem runs a service in the session of the
 * user who is logged on at the console, when `name` is that user's or "user", the name that Qubes
 * gives to every domain's ordinary user; and as itself when `name` is "SYSTEM". false, with the
 * cause in `why`, when nobody, or another user, is logged on.
 */
bool user_choose(const char *name, struct user_context *user, char *why, size_t why_size);
void user_release(struct user_context *user);

#endif
