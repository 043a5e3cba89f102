/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qrexec-client-vm: calls a service in another domain. */
#include "qrexec/session.h"

int main(int argc, char **argv)
{
    return qrexec_call_main(QREXEC_AGENT, argc, argv);
}
