/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replacing files: as wanted, taken back, and cut off between any two steps. */
#include "transaction.h"

#include <sys/wait.h>

#include "check.h"

static bool reboot;

/* Version 1 in place: two files and one of the person's own. */
static void install_first(void)
{
    clear();
    CHECK(transaction_begin(at("i"), true));
    put("i/.setup/new/bin/program", "one");
    put("i/.setup/new/only/in-one", "one");
    CHECK(transaction_swap(at("i")) && transaction_finish(at("i"), &reboot) && !reboot);
    put("i/bin/mine", "mine");
}

static bool is_first(void)
{
    return has("i/bin/program", "one") && has("i/only/in-one", "one") && has("i/bin/mine", "mine") &&
           has("i/two/new", NULL) && has("i/uninstall.txt", "bin/program\nonly/in-one\nuninstall.txt\n");
}

static bool is_second(void)
{
    return has("i/bin/program", "two") && has("i/only", NULL) && has("i/bin/mine", "mine") && has("i/two/new", "two") &&
           has("i/uninstall.txt", "bin/program\ntwo/new\nuninstall.txt\n");
}

static void stage_second(void)
{
    put("i/.setup/new/bin/program", "two");
    put("i/.setup/new/two/new", "two");
}

static void replaces(void)
{
    install_first();
    CHECK(is_first() && has("i/.setup", NULL));
    CHECK(transaction_begin(at("i"), false));
    stage_second();
    CHECK(transaction_swap(at("i")) && is_second() && transaction_finish(at("i"), &reboot));
    CHECK(is_second() && has("i/.setup", NULL));
}

static void takes_back(void)
{
    install_first();
    CHECK(transaction_begin(at("i"), false));
    stage_second();
    CHECK(transaction_swap(at("i")) && transaction_rollback(at("i")) && is_first() && has("i/.setup", NULL));
    CHECK(transaction_rollback(at("i")) && is_first()); /* once more changes nothing */
    clear();
    CHECK(transaction_begin(at("new/i"), false));
    put("new/i/.setup/new/a", "x");
    CHECK(transaction_swap(at("new/i")) && transaction_rollback(at("new/i")) && has("new/i", NULL));
}

/* Files that stand in the way, though no record names them, come back too. */
static void keeps_foreign_files(void)
{
    clear();
    put("i/bin/program", "foreign");
    CHECK(transaction_begin(at("i"), false));
    put("i/.setup/new/bin/program", "one");
    CHECK(transaction_swap(at("i")) && has("i/bin/program", "one"));
    CHECK(transaction_rollback(at("i")) && has("i/bin/program", "foreign"));
    put("i/bin/two/x", "directory");
    CHECK(transaction_begin(at("i"), false));
    put("i/.setup/new/bin/two", "file");
    CHECK(!transaction_swap(at("i")) && transaction_rollback(at("i")) && has("i/bin/two/x", "directory"));
}

/* In a child, lets the n-th change of the file system be the last: os-linux.c counts them. */
static bool dies_after(long changes, bool (*step)(const char *), bool *finished)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        os_changes_left = changes;
        _exit(step(at("i")) ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    *finished = WIFEXITED(status);
    return !*finished || WEXITSTATUS(status) == 0;
}

static bool upgrade(const char *install)
{
    if (!transaction_begin(install, false))
        return false;
    stage_second();
    return transaction_swap(install) && transaction_finish(install, &reboot);
}

static void survives_any_death(void)
{
    bool finished = false;
    for (long changes = 1; !finished; changes++) {
        install_first();
        CHECK(dies_after(changes, upgrade, &finished));
        if (finished) {
            CHECK(changes > 15 && is_second());
            break;
        }
        /* The rollback dies everywhere as well. */
        bool undone = false;
        for (long more = 1; !undone; more++)
            CHECK(dies_after(more, transaction_rollback, &undone));
        CHECK(is_first() || is_second());
        CHECK(upgrade(at("i")) && is_second() && has("i/.setup", NULL));
    }
}

static void uninstalls(void)
{
    install_first();
    CHECK(transaction_uninstall(at("i"), "only/in-one", &reboot) && !reboot);
    CHECK(has("i/bin/program", NULL) && has("i/bin/mine", "mine") && has("i/only/in-one", "one"));
    install_first();
    CHECK(unlink(at("i/bin/mine")) == 0 && transaction_uninstall(at("i"), NULL, &reboot) && has("i", NULL));
    /* A record that names something else is not followed. */
    install_first();
    put("precious", "x");
    put("i/uninstall.txt", "../precious\n");
    CHECK(!transaction_uninstall(at("i"), NULL, &reboot) && has("precious", "x"));
}

static void refuses(void)
{
    clear();
    CHECK(!transaction_begin("/", false));
    CHECK(symlink("/tmp", at("i")) == 0 && !transaction_begin(at("i"), false));
    clear();
    CHECK(transaction_begin(at("i"), false));
    put("i/.setup/new/uninstall.txt", "bin/x\n"); /* the record's name */
    CHECK(!transaction_swap(at("i")));
}

int main(void)
{
    replaces();
    takes_back();
    keeps_foreign_files();
    survives_any_death();
    uninstalls();
    refuses();
    return 0;
}
