/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where domains, policy and the VMM driver are on this machine: the rules that no system changes. */
#include "qubes-admin/paths.h"

#include "fail.h"
#include "os.h"

qubes_status qubes_paths_find(qubes_paths *out, qubes_error *err)
{
    qubes_status status = os_find_paths(out, err);
    if (status != QUBES_OK)
        return status;
    const char *const all[] = {out->install, out->data, out->policy, out->driver};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!os_path_is_absolute(all[i]))
            return qubes_fail(err, QUBES_E_SYSTEM, "not an absolute path: '%s'", all[i]);
    return QUBES_OK;
}
