/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* All of libqubes-admin; link with -lqubes-admin (Windows also -ladvapi32). */
#ifndef QUBES_ADMIN_H
#define QUBES_ADMIN_H

#include "qubes-admin/domain.h"
#include "qubes-admin/error.h"
#include "qubes-admin/label.h"
#include "qubes-admin/paths.h"
#include "qubes-admin/policy.h"
#include "qubes-admin/vmm.h"
#include "qubes-admin/wide.h"

#endif
