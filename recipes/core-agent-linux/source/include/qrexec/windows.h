/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows only: directories of the product, arguments as UTF-8, and programs that are services. */
#ifndef QREXEC_WINDOWS_H
#define QREXEC_WINDOWS_H

#include <wchar.h>

#include "os.h"

/* The directory above this program's. */
bool windows_installation(char path[OS_PATH_SIZE]);

/* %QUBES_DATA%, else DataDir of HKLM\Software\Qubes, of HKCU\Software\Qubes, else %ProgramData%\Qubes. */
bool windows_data(char path[OS_PATH_SIZE]);

/* The arguments of wmain as UTF-8, ended by NULL; never freed. NULL without memory or for bad text. */
char **windows_arguments(int argc, wchar_t **argv);

/*
 * The main function of a program that runs as the service `name`, or in a console with the argument
 * --console. `run` goes on until os_stop_event() is set, which the service manager or Ctrl-C does. As
 * a service, standard error goes to <data>\log\<name>.log, whose predecessor is kept as .old.
 */
int windows_service_main(const wchar_t *name, int (*run)(void), int argc, char **argv);

#endif
