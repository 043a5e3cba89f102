/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The rules between domains: what a template, a netvm and a base of disposables must be. Pure. */
#include "domain-rules.h"

#include <string.h>

#include "fail.h"
#include "name.h"

/* Whether following netvms from `from` comes by `name`; a stored cycle counts as yes. */
static bool netvm_chain_has(const qubes_domain_list *list, const char *from, const char *name)
{
    for (size_t steps = 0; steps <= list->count; steps++) {
        if (strcmp(from, name) == 0)
            return true;
        const qubes_domain *domain = qubes_domain_find(list, from);
        if (!domain || !domain->netvm[0])
            return false;
        from = domain->netvm;
    }
    return true;
}

static qubes_status check_template(const qubes_domain_list *list, const qubes_domain *domain, qubes_error *err)
{
    bool needs = domain->cls == QUBES_CLASS_APP || domain->cls == QUBES_CLASS_DISP;
    if (!needs)
        return domain->template_name[0] ? qubes_fail(err, QUBES_E_INVALID, "a %s has no template",
                                                     qubes_class_name(domain->cls))
                                        : QUBES_OK;
    if (!domain->template_name[0])
        return qubes_fail(err, QUBES_E_INVALID, "template: an %s needs one", qubes_class_name(domain->cls));
    const qubes_domain *from = qubes_domain_find(list, domain->template_name);
    if (!from)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "template: no domain %s", domain->template_name);
    if (domain->cls == QUBES_CLASS_APP && from->cls != QUBES_CLASS_TEMPLATE)
        return qubes_fail(err, QUBES_E_INVALID, "template: %s is not a TemplateVM", from->name);
    if (domain->cls == QUBES_CLASS_DISP && (from->cls != QUBES_CLASS_APP || !from->template_for_dispvms))
        return qubes_fail(err, QUBES_E_INVALID, "template: %s is not an AppVM with template_for_dispvms",
                          from->name);
    return QUBES_OK;
}

static qubes_status check_netvm(const qubes_domain_list *list, const qubes_domain *domain, qubes_error *err)
{
    if (!domain->netvm[0])
        return QUBES_OK;
    const qubes_domain *netvm = qubes_domain_find(list, domain->netvm);
    if (!netvm)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "netvm: no domain %s", domain->netvm);
    if (!netvm->provides_network)
        return qubes_fail(err, QUBES_E_INVALID, "netvm: %s has not provides_network", netvm->name);
    if (netvm_chain_has(list, domain->netvm, domain->name))
        return qubes_fail(err, QUBES_E_INVALID, "netvm: %s would be its own netvm", domain->name);
    return QUBES_OK;
}

static qubes_status check_dispvm(const qubes_domain_list *list, const qubes_domain *domain, qubes_error *err)
{
    if (domain->template_for_dispvms && domain->cls != QUBES_CLASS_APP)
        return qubes_fail(err, QUBES_E_INVALID, "template_for_dispvms: only for an AppVM");
    if (!domain->default_dispvm[0])
        return QUBES_OK;
    const qubes_domain *from = strcmp(domain->default_dispvm, domain->name) == 0
                                   ? domain
                                   : qubes_domain_find(list, domain->default_dispvm);
    if (!from)
        return qubes_fail(err, QUBES_E_NOT_FOUND, "default_dispvm: no domain %s", domain->default_dispvm);
    if (!from->template_for_dispvms)
        return qubes_fail(err, QUBES_E_INVALID, "default_dispvm: %s has not template_for_dispvms", from->name);
    return QUBES_OK;
}

/* What others rely on must stay true of the changed domain. */
static qubes_status check_dependents(const qubes_domain_list *list, const qubes_domain *domain, qubes_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const qubes_domain *other = &list->items[i];
        if (strcmp(other->name, domain->name) == 0)
            continue;
        if (!domain->provides_network && strcmp(other->netvm, domain->name) == 0)
            return qubes_fail(err, QUBES_E_IN_USE, "%s is the netvm of %s", domain->name, other->name);
        if (!domain->template_for_dispvms && (strcmp(other->default_dispvm, domain->name) == 0 ||
                                              (other->cls == QUBES_CLASS_DISP &&
                                               strcmp(other->template_name, domain->name) == 0)))
            return qubes_fail(err, QUBES_E_IN_USE, "%s uses %s for disposables", other->name, domain->name);
    }
    return QUBES_OK;
}

qubes_status rules_check(const qubes_domain_list *list, const qubes_domain *domain, qubes_error *err)
{
    qubes_status status = check_template(list, domain, err);
    if (status == QUBES_OK)
        status = check_netvm(list, domain, err);
    if (status == QUBES_OK)
        status = check_dispvm(list, domain, err);
    return status == QUBES_OK ? check_dependents(list, domain, err) : status;
}

qubes_status rules_check_name(const qubes_domain_list *list, const char *name, qubes_error *err)
{
    if (!qubes_name_is_valid(name))
        return qubes_fail(err, QUBES_E_INVALID,
                          "'%s' is not a domain name (a letter, then at most 30 letters, digits, '-', '_'; "
                          "not a reserved name)",
                          name);
    for (size_t i = 0; i < list->count; i++)
        if (name_equal_ignoring_case(list->items[i].name, name))
            return qubes_fail(err, QUBES_E_EXISTS, "domain %s exists", list->items[i].name);
    return QUBES_OK;
}
