/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where qubes-admin begins on Linux. */
#include "command.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
