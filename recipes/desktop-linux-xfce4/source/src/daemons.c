/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which GUI daemons are to run. */
#include "daemons.h"

static void want(struct daemon *daemon, const qubes_domain *domain, long long now, const struct daemons_ops *ops)
{
    daemon->wanted = true;
    if (daemon->pid != 0 || daemon->refused || now < daemon->again)
        return;
    long pid = ops->start(ops->context, domain);
    daemon->pid = pid > 0 ? pid : 0;
    daemon->again = now + DAEMON_AGAIN_MS;
}

/* A domain's number is free for its next start when nobody has its memory any more, a daemon neither. */
static void let_go(struct daemon *daemon, const struct daemons_ops *ops)
{
    if (daemon->pid != 0 && !daemon->ending) {
        ops->end(ops->context, daemon->pid);
        daemon->ending = true;
    }
    daemon->refused = false;
    daemon->again = 0;
}

void daemons_update(struct daemons *all, const qubes_domain_list *domains, long long now,
                    const struct daemons_ops *ops)
{
    for (size_t id = 0; id <= QUBES_ID_MAX; id++)
        all->items[id].wanted = false;
    for (size_t i = 0; i < domains->count; i++) {
        const qubes_domain *domain = &domains->items[i];
        if (domain->cls != QUBES_CLASS_ADMIN && domain->state == QUBES_STATE_RUNNING && domain->id <= QUBES_ID_MAX)
            want(&all->items[domain->id], domain, now, ops);
    }
    for (size_t id = 0; id <= QUBES_ID_MAX; id++)
        if (!all->items[id].wanted)
            let_go(&all->items[id], ops);
}

void daemons_ended(struct daemons *all, long pid, int code, long long now)
{
    for (size_t id = 0; id <= QUBES_ID_MAX; id++) {
        struct daemon *daemon = &all->items[id];
        if (daemon->pid != pid)
            continue;
        daemon->refused = code == DAEMON_MISBEHAVED && !daemon->ending;
        daemon->pid = 0;
        daemon->ending = false;
        daemon->again = now + DAEMON_AGAIN_MS;
    }
}
