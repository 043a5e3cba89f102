/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Starting and stopping through a real driver process. Arguments: a scratch directory, the fake driver. */
#include "qubes-admin.h"
#include "scratch.h"
#include "store.h"

#ifdef _WIN32
#include <windows.h>
static void set_variable(const char *name, const char *value)
{
    SetEnvironmentVariableA(name, value);
}
#else
static void set_variable(const char *name, const char *value)
{
    setenv(name, value, 1);
}
#endif

static qubes_paths paths;
static qubes_error err;

static void create(const char *name, const char *cls, const char *template_name)
{
    qubes_domain_new what = {.name = name, .cls = cls, .template_name = template_name};
    CHECK(qubes_domain_create(&paths, &what, NULL, &err) == QUBES_OK);
}

static qubes_state state(const char *name)
{
    qubes_domain domain = {0};
    CHECK(qubes_domain_load(&paths, name, &domain, &err) == QUBES_OK);
    return domain.state;
}

/* What the driver was asked since the last look. */
static const char *driver_log(void)
{
    static char copy[1024];
    char *text;
    size_t size;
    copy[0] = '\0';
    if (os_read_file(scratch_path("fake/log"), sizeof copy - 1, &text, &size, NULL) == QUBES_OK) {
        qubes_copy(copy, sizeof copy, text);
        free(text);
    }
    os_remove_tree(scratch_path("fake/log"), NULL);
    return copy;
}

static void without_a_driver_nothing_starts(void)
{
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_E_DRIVER);
    CHECK(state("work") == QUBES_STATE_HALTED);
    scratch_write("install/driver", "\n");
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_E_DRIVER);
    scratch_write("install/driver", "bin/nosuch\n");
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_E_DRIVER);
    CHECK(state("work") == QUBES_STATE_HALTED);
}

static void netvms_start_first_and_stop_last(void)
{
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(driver_log(), "start net\nstart fw\nstart work\n");
    CHECK(state("work") == QUBES_STATE_RUNNING && state("net") == QUBES_STATE_RUNNING);
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_OK); /* nothing to do */
    CHECK_TEXT(driver_log(), "");
    CHECK(qubes_vmm_stop(&paths, "net", &err) == QUBES_E_IN_USE);
    CHECK(qubes_vmm_stop(&paths, "work", &err) == QUBES_OK);
    CHECK(qubes_vmm_stop(&paths, "fw", &err) == QUBES_OK);
    CHECK(qubes_vmm_stop(&paths, "net", &err) == QUBES_OK);
    CHECK_TEXT(driver_log(), "stop work\nstop fw\nstop net\n");
    CHECK(qubes_vmm_stop(&paths, "net", &err) == QUBES_OK);
    CHECK_TEXT(driver_log(), "");
}

static void a_failed_start_leaves_a_true_record(void)
{
    scratch_write("fake/fail-fw", "");
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_E_DRIVER);
    CHECK_TEXT(err.text, "the VMM driver failed with exit code 9: the machine is on fire");
    CHECK_TEXT(driver_log(), "start net\nstart fw\n");
    CHECK(state("work") == QUBES_STATE_HALTED && state("fw") == QUBES_STATE_HALTED);
    CHECK(state("net") == QUBES_STATE_RUNNING);
    os_remove_tree(scratch_path("fake/fail-fw"), NULL);
    scratch_write("fake/fail-net", "");
    CHECK(qubes_vmm_stop(&paths, "net", &err) == QUBES_E_DRIVER);
    CHECK(state("net") == QUBES_STATE_RUNNING);
    os_remove_tree(scratch_path("fake/fail-net"), NULL);
    CHECK(qubes_vmm_stop(&paths, "net", &err) == QUBES_OK);
    driver_log();
}

static void what_cannot_be_started_is_refused(void)
{
    CHECK(qubes_vmm_start(&paths, "dom0", &err) == QUBES_E_INVALID);
    CHECK(qubes_vmm_stop(&paths, "dom0", &err) == QUBES_E_INVALID);
    CHECK(qubes_vmm_start(&paths, "nosuch", &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_vmm_start(&paths, "--help", &err) == QUBES_E_INVALID);
    CHECK(qubes_vmm_start(&paths, "", &err) == QUBES_E_INVALID);
    CHECK_TEXT(driver_log(), "");
}

static void a_refresh_makes_the_records_true(void)
{
    qubes_domain disposable;
    CHECK(qubes_domain_set(&paths, "fw", "template_for_dispvms", "yes", &err) == QUBES_OK);
    CHECK(qubes_domain_create_disposable(&paths, "fw", &disposable, &err) == QUBES_OK);
    CHECK(store_write_state(&paths, disposable.name, QUBES_STATE_RUNNING, &err) == QUBES_OK);
    CHECK(store_write_state(&paths, "work", QUBES_STATE_RUNNING, &err) == QUBES_OK);
    scratch_write("fake/running", "net\r\nforeign machine\nworkshop\n");
    CHECK(qubes_vmm_refresh(&paths, &err) == QUBES_OK);
    CHECK(state("net") == QUBES_STATE_RUNNING && state("work") == QUBES_STATE_HALTED);
    /* A disposable that no longer runs is gone with its disks. */
    CHECK(qubes_domain_load(&paths, disposable.name, &disposable, &err) == QUBES_E_NOT_FOUND);

    os_lock busy;
    CHECK(store_lock_domain(&paths, "net", false, &busy, &err) == QUBES_OK);
    scratch_write("fake/running", "");
    CHECK(qubes_vmm_refresh(&paths, &err) == QUBES_OK); /* somebody is at it: leave it alone */
    CHECK(state("net") == QUBES_STATE_RUNNING);
    CHECK(qubes_domain_remove(&paths, "net", true, &err) == QUBES_E_IN_USE);
    os_unlock_file(&busy);
    CHECK(qubes_vmm_refresh(&paths, &err) == QUBES_OK);
    CHECK(state("net") == QUBES_STATE_HALTED);
    driver_log();
}

static void a_stopped_disposable_is_gone(void)
{
    qubes_domain disposable;
    CHECK(qubes_domain_create_disposable(&paths, "fw", &disposable, &err) == QUBES_OK);
    CHECK(qubes_vmm_start(&paths, disposable.name, &err) == QUBES_OK);
    CHECK(qubes_vmm_stop(&paths, disposable.name, &err) == QUBES_OK);
    CHECK(qubes_domain_load(&paths, disposable.name, &disposable, &err) == QUBES_E_NOT_FOUND);
    driver_log();
}

#define HALF_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HALF_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HALF_C "cccccccccccccccccccccccccccccccc"

static void register_image(const char *name, const char *file, const char *half)
{
    char path[QUBES_PATH_MAX], sum[65];
    qubes_print(path, sizeof path, "data/templates/%s", file);
    scratch_write(path, "image");
    qubes_print(sum, sizeof sum, "%s%s", half, half);
    qubes_copy(path, sizeof path, scratch_path(path));
    CHECK(qubes_template_register_checked(&paths, name, path, sum, &err) == QUBES_OK);
}

static bool is_there(const char *name)
{
    return os_exists(scratch_path(name));
}

/* Images as the installer and qubes-template name them, and roots as drivers keep them. */
static void images_of_before_go_with_the_last_domain_on_them(void)
{
    static const char *const kept[] = {
        "data/templates/deb-bbbbbbbbbbbbbbbb.img",    /* it is registered */
        "data/templates/deb-cccccccccccc.qcow2",      /* so is it, for another template */
        "data/templates/deb-12-aaaaaaaaaaaa.img",     /* of another template by its name */
        "data/templates/deb-aaaaaaaaaaaaa.img",       /* a name that nobody gives */
        "data/templates/deb-aaaaaaaaaaaa.img.new",    /* being written */
        "data/templates/deb-aaaaaaaaaaaa.vhdx",       /* of a driver that is not known here */
        "data/domains/deb/root-" HALF_B ".img",       /* of the registered one */
        "data/domains/deb/root-" HALF_B ".qcow2",
        "data/domains/deb/root.img",                  /* a person's */
        "data/domains/deb/domain.conf",
        "data/domains/lone/root-" HALF_A ".img",      /* of another domain */
    };
    static const char *const old[] = {
        "data/templates/deb-aaaaaaaaaaaa.img",
        "data/templates/deb-aaaaaaaaaaaaaaaa.img",
        "data/templates/deb-aaaaaaaaaaaa.qcow2",
        "data/domains/deb/root-" HALF_A ".img",
        "data/domains/deb/root-" HALF_A ".qcow2",
        "data/domains/deb/root-" HALF_C ".img",
    };
    enum { OLD = sizeof old / sizeof *old, KEPT = sizeof kept / sizeof *kept };
    create("lone", "StandaloneVM", NULL);
    register_image("deb", "deb-aaaaaaaaaaaa.img", HALF_A);
    register_image("other", "deb-cccccccccccc.qcow2", HALF_C);
    for (size_t i = 0; i < OLD; i++)
        scratch_write(old[i], "old");
    for (size_t i = 0; i < KEPT; i++)
        if (!is_there(kept[i]))
            scratch_write(kept[i], "kept");
    CHECK(qubes_vmm_start(&paths, "work", &err) == QUBES_OK); /* with its netvm */
    CHECK(qubes_vmm_start(&paths, "net", &err) == QUBES_OK);
    register_image("deb", "deb-bbbbbbbbbbbbbbbb.img", HALF_B);

    /* While any domain of the template runs, or the template itself, nothing goes. */
    CHECK(qubes_vmm_stop(&paths, "work", &err) == QUBES_OK);
    CHECK(store_write_state(&paths, "deb", QUBES_STATE_STARTING, &err) == QUBES_OK);
    CHECK(qubes_vmm_stop(&paths, "fw", &err) == QUBES_OK);
    CHECK(qubes_vmm_stop(&paths, "net", &err) == QUBES_OK);
    for (size_t i = 0; i < OLD; i++)
        CHECK(is_there(old[i]));
    CHECK(store_write_state(&paths, "deb", QUBES_STATE_HALTED, &err) == QUBES_OK);

    /* A root without a hash is a layer over an image that nobody knows here. */
    scratch_write("data/domains/deb/root.qcow2", "layer");
    CHECK(qubes_vmm_stop(&paths, "work", &err) == QUBES_OK);
    CHECK(is_there(old[0]) && is_there(old[1]) && is_there(old[2]) && !is_there(old[3]));
    CHECK(os_remove_tree(scratch_path("data/domains/deb/root.qcow2"), &err) == QUBES_OK);

    /* A domain that ended by itself is found by a refresh, and counts as well. */
    CHECK(store_write_state(&paths, "work", QUBES_STATE_RUNNING, &err) == QUBES_OK);
    scratch_write("fake/running", "");
    CHECK(qubes_vmm_refresh(&paths, &err) == QUBES_OK);
    for (size_t i = 0; i < OLD; i++)
        CHECK(!is_there(old[i]));
    for (size_t i = 0; i < KEPT; i++)
        CHECK(is_there(kept[i]));
    driver_log();
}

static void a_template_without_an_image_keeps_everything(void)
{
    create("plain", "TemplateVM", NULL);
    scratch_write("data/domains/plain/root-" HALF_A ".img", "a person's");
    CHECK(qubes_vmm_start(&paths, "plain", &err) == QUBES_OK);
    CHECK(qubes_vmm_stop(&paths, "plain", &err) == QUBES_OK);
    CHECK(is_there("data/domains/plain/root-" HALF_A ".img"));
    driver_log();
}

static void a_hanging_program_is_ended(const char *driver)
{
    const char *const argv[] = {driver, "list", NULL};
    os_run_result result;
    scratch_write("fake/hang", "");
    CHECK(os_run(driver, argv, 1, &result, &err) == QUBES_OK);
    CHECK(result.timed_out);
    free(result.output);
    free(result.diagnostic);
    os_remove_tree(scratch_path("fake/hang"), NULL);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    scratch_begin(2, argv);
    paths = scratch_paths();
    set_variable("FAKE_DRIVER_DIR", scratch_path("fake"));
    CHECK(os_make_directories(scratch_path("fake"), &err) == QUBES_OK);
    create("deb", "TemplateVM", NULL);
    create("net", NULL, "deb");
    create("fw", NULL, "deb");
    create("work", NULL, "deb");
    CHECK(qubes_domain_set(&paths, "net", "provides_network", "yes", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "fw", "provides_network", "yes", &err) == QUBES_OK);
    without_a_driver_nothing_starts();
    CHECK(qubes_domain_set(&paths, "fw", "netvm", "net", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "work", "netvm", "fw", &err) == QUBES_OK);
    scratch_write("install/driver", argv[2]);
    netvms_start_first_and_stop_last();
    a_failed_start_leaves_a_true_record();
    what_cannot_be_started_is_refused();
    a_refresh_makes_the_records_true();
    CHECK(qubes_domain_set(&paths, "fw", "netvm", "none", &err) == QUBES_OK);
    a_stopped_disposable_is_gone();
    images_of_before_go_with_the_last_domain_on_them();
    a_template_without_an_image_keeps_everything();
    a_hanging_program_is_ended(argv[2]);
    return test_report("vmm");
}
