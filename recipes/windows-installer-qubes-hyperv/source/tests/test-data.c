/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data directory: a person's files are never overwritten, brought back or lost. */
#include "data.h"

#include "check.h"

static list closed;

static bool seed(const char *id)
{
    return data_seed(at("data"), at("defaults"), id, &closed);
}

static void seeds_once(void)
{
    clear();
    put("defaults/policy.d/a", "default");
    put("defaults/policy.d/b", "default");
    put("data/policy.d/b", "mine");
    CHECK(seed("one") && data_settle(at("data")));
    CHECK(has("data/policy.d/a", "default") && has("data/policy.d/b", "mine") && has("data/closed/x", NULL));
    put("data/policy.d/a", "changed");
    put("defaults/policy.d/c", "new");
    CHECK(seed("one") && has("data/policy.d/a", "changed") && has("data/policy.d/c", "new"));
    CHECK(unlink(at("data/policy.d/a")) == 0 && seed("one") && has("data/policy.d/a", NULL));
}

static void is_taken_back(void)
{
    clear();
    put("defaults/a", "default");
    CHECK(seed("one") && has("data/a", "default") && data_unseed(at("data")));
    CHECK(has("data", NULL));
    CHECK(seed("one") && data_settle(at("data")));
    put("defaults/b", "new");
    put("data/a", "mine");
    CHECK(seed("one") && has("data/b", "new") && data_unseed(at("data")));
    CHECK(has("data/a", "mine") && has("data/b", NULL) && has("data/.setup/product-one", ""));
    CHECK(seed("one") && has("data/b", "new")); /* it was not there to be removed by a person */
    CHECK(data_settle(at("data")) && data_unseed(at("data")) && has("data/b", "new"));
}

static void is_purged(void)
{
    clear();
    put("other/precious", "x");
    CHECK(!data_purge(at("other"), "one") && has("other/precious", "x"));
    CHECK(data_purge(at("absent"), "one"));
    put("defaults/a", "default");
    CHECK(seed("one") && seed("two"));
    CHECK(symlink(at("other"), at("data/link")) == 0);
    CHECK(!data_purge(at("data"), "one") && has("data/a", "default"));
    CHECK(data_release(at("data"), "two") && data_release(at("data"), "two"));
    CHECK(data_purge(at("data"), "one") && has("data", NULL) && has("other/precious", "x"));
    CHECK(!data_purge("/", "one"));
}

int main(void)
{
    list_add(&closed, "closed");
    seeds_once();
    closed = (list){0};
    is_taken_back();
    is_purged();
    return 0;
}
