/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the administrator decides about this host: /etc/qubes/vmm-kvm.conf, lines of KEY = VALUE. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "qubes-admin.h"

#define SETTING_MAX 128

typedef struct settings {
    char uri[SETTING_MAX];    /* of libvirt */
    char uplink[SETTING_MAX]; /* libvirt's network for domains that provide network and have no netvm */
    bool emulation;           /* without KVM: slow, and nobody's isolation; for trying things out */
    bool confined;            /* each machine in an AppArmor profile of its own; refused where there is none */
    bool console_log;         /* a serial port whose output is kept */
} settings;

void settings_default(settings *out);

/* Reads text over the defaults. QUBES_E_DAMAGED with FILE:LINE for a line that is no setting. */
qubes_status settings_parse(const char *file, const char *text, settings *out, qubes_error *err);

/* Reads the file of $QUBES_CONFIG or /etc/qubes; without one the defaults hold. */
qubes_status settings_load(settings *out, qubes_error *err);

#endif
