/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-client: calls a service of a domain in the name of the admin domain. */
#include "qrexec/session.h"

int main(int argc, char **argv)
{
    return qrexec_call_main(QREXEC_DAEMON, argc, argv);
}
