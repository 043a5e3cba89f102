/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The rules between domains: what a template, a netvm and a base of disposables must be. Pure. */
#ifndef DOMAIN_RULES_H
#define DOMAIN_RULES_H

#include "qubes-admin/domain.h"

/* Whether a domain, new or changed, fits the others, and they it. */
qubes_status rules_check(const qubes_domain_list *list, const qubes_domain *domain, qubes_error *err);

/* Whether a new domain may have the name. Two names never differ only in the case of letters. */
qubes_status rules_check_name(const qubes_domain_list *list, const char *name, qubes_error *err);

#endif
