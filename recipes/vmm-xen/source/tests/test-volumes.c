/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function of the volumes a run, for tests/volumes.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "volumes-linux.h"

static qubes_status run(int argc, char **argv, char device[XEN_DEVICE_SIZE], qubes_error *err)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "open") == 0 && argc == 6)
        return volumes_open(NULL, argv[2], argv[3], argv[4][0] ? argv[4] : NULL, strcmp(argv[5], "rw") == 0, device,
                            err);
    if (strcmp(verb, "copy") == 0 && argc == 4)
        return volumes_copy_file(NULL, argv[2], argv[3], err);
    if (strcmp(verb, "new") == 0 && argc == 4)
        return volumes_new_file(NULL, argv[2], strtoull(argv[3], NULL, 10), err);
    return QUBES_E_USAGE;
}

int main(int argc, char **argv)
{
    char device[XEN_DEVICE_SIZE] = "";
    qubes_error err = {QUBES_OK, ""};
    qubes_status status = run(argc, argv, device, &err);
    puts(status == QUBES_OK ? device : err.text);
    return (int)status;
}
