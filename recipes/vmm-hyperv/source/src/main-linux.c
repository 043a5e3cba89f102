/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where qubes-vmm-hyperv begins on Linux: for its tests, and to look at documents. */
#include "driver.h"

int main(int argc, char **argv)
{
    return driver_main(argc, argv);
}
