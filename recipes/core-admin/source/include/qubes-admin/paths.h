/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where domains, policy and the VMM driver are on this machine. */
#ifndef QUBES_ADMIN_PATHS_H
#define QUBES_ADMIN_PATHS_H

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUBES_PATH_MAX 1024

/* All paths are UTF-8 and absolute, without a separator at their end. */
typedef struct qubes_paths {
    char install[QUBES_PATH_MAX]; /* Windows: the directory above the program's bin; Linux: /usr */
    char data[QUBES_PATH_MAX];    /* domains, run-time state, counters, the lock */
    char policy[QUBES_PATH_MAX];  /* the directory of *.policy files */
    char driver[QUBES_PATH_MAX];  /* the text file that names the VMM driver program */
} qubes_paths;

/*
 * Finds the paths. In order of precedence:
 *   install  $QUBES_INSTALL, else the directory above the program's (Windows) or /usr (Linux)
 *   data     $QUBES_DATA, else on Windows the value DataDir of HKLM\Software\Qubes, then of
 *            HKCU\Software\Qubes, then %ProgramData%\Qubes; on Linux /var/lib/qubes
 *   policy   Windows: <data>\policy.d; Linux: ${QUBES_CONFIG:-/etc/qubes}/policy.d
 *   driver   Windows: <install>\share\vmm\driver; Linux: <install>/share/qubes/vmm/driver
 * Nothing is created. Fails with QUBES_E_SYSTEM when a path is not absolute or too long.
 */
qubes_status qubes_paths_find(qubes_paths *out, qubes_error *err);

#ifdef __cplusplus
}
#endif
#endif
