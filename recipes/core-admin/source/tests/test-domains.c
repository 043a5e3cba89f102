/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Domains on disk: creating, changing, removing, and what must be refused. */
#include "qubes-admin.h"
#include "scratch.h"
#include "store.h"

static qubes_paths paths;
static qubes_error err;

static qubes_status create(const char *name, const char *cls, const char *template_name, const char *netvm)
{
    qubes_domain_new what = {.name = name, .cls = cls, .template_name = template_name, .netvm = netvm, .label = "green"};
    return qubes_domain_create(&paths, &what, NULL, &err);
}

static qubes_domain load(const char *name)
{
    qubes_domain domain;
    memset(&domain, 0, sizeof domain);
    CHECK(qubes_domain_load(&paths, name, &domain, &err) == QUBES_OK);
    return domain;
}

static void created_domains_are_listed_with_stable_ids(void)
{
    qubes_domain_list list;
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_OK); /* nothing is there yet */
    CHECK(list.count == 1 && list.items[0].id == 0 && list.items[0].state == QUBES_STATE_RUNNING);
    CHECK_TEXT(list.items[0].name, "dom0");
    qubes_domain_list_free(&list);

    CHECK(create("deb", "TemplateVM", NULL, NULL) == QUBES_OK);
    CHECK(create("work", NULL, "deb", NULL) == QUBES_OK);
    CHECK(create("alone", "StandaloneVM", NULL, NULL) == QUBES_OK);
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_OK);
    CHECK(list.count == 4);
    CHECK_TEXT(list.items[1].name, "alone");
    CHECK(qubes_domain_find(&list, "deb")->id == 1 && qubes_domain_find(&list, "work")->id == 2);
    CHECK(qubes_domain_find_id(&list, 3) == qubes_domain_find(&list, "alone"));
    CHECK_TEXT(qubes_domain_find(&list, "work")->template_name, "deb");
    CHECK_TEXT(qubes_domain_find(&list, "work")->label->name, "green");
    qubes_domain_list_free(&list);

    /* A removed domain's id is not given to the next one, which something may still call. */
    CHECK(qubes_domain_remove(&paths, "alone", false, &err) == QUBES_OK);
    CHECK(create("alone", "StandaloneVM", NULL, NULL) == QUBES_OK);
    CHECK(load("alone").id == 4);
}

static void wrong_domains_are_refused(void)
{
    CHECK(create("work", NULL, "deb", NULL) == QUBES_E_EXISTS);
    CHECK(create("WORK", NULL, "deb", NULL) == QUBES_E_EXISTS); /* the same directory on Windows */
    CHECK(create("con", NULL, "deb", NULL) == QUBES_E_INVALID);
    CHECK(create("../x", NULL, "deb", NULL) == QUBES_E_INVALID);
    CHECK(create("new", NULL, NULL, NULL) == QUBES_E_INVALID);
    CHECK(create("new", NULL, "nosuch", NULL) == QUBES_E_NOT_FOUND);
    CHECK(create("new", NULL, "work", NULL) == QUBES_E_INVALID);
    CHECK(create("new", "TemplateVM", "deb", NULL) == QUBES_E_INVALID);
    CHECK(create("new", "AdminVM", NULL, NULL) == QUBES_E_INVALID);
    CHECK(create("new", "NetVM", NULL, NULL) == QUBES_E_INVALID);
    CHECK(create("new", NULL, "deb", "work") == QUBES_E_INVALID); /* provides no network */
    CHECK(create("new", NULL, "deb", "dom0") == QUBES_E_INVALID);
    CHECK(qubes_domain_load(&paths, "new", &(qubes_domain){0}, &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_domain_load(&paths, "WORK", &(qubes_domain){0}, &err) == QUBES_E_NOT_FOUND);
}

static void properties_change_and_unknown_keys_stay(void)
{
    char path[QUBES_PATH_MAX], *text;
    size_t size;
    scratch_write("data/domains/work/domain.conf",
                  "qubes-domain 1\n# mine\nid = 2\nfuture = kept\nclass = AppVM\nlabel = green\ntemplate = deb\n");
    CHECK(qubes_domain_set(&paths, "work", "label", "purple", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "work", "memory", "2048", &err) == QUBES_OK);
    qubes_copy(path, sizeof path, scratch_path("data/domains/work/domain.conf"));
    CHECK(os_read_file(path, 10000, &text, &size, &err) == QUBES_OK);
    CHECK_TEXT(text, "qubes-domain 1\n# mine\nid = 2\nfuture = kept\nclass = AppVM\nlabel = purple\ntemplate = deb\n"
                     "memory = 2048\n");
    free(text);
    CHECK(!os_exists(scratch_path("data/domains/work/domain.conf.new")));
    CHECK(qubes_domain_set(&paths, "work", "id", "9", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "work", "image", "/x", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "work", "nosuch", "9", &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_domain_set(&paths, "nosuch", "label", "red", &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_domain_set(&paths, "dom0", "label", "red", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "work", "template", "none", &err) == QUBES_E_INVALID);
}

static void networks_form_no_loop_and_stay_consistent(void)
{
    CHECK(create("sys-net", NULL, "deb", NULL) == QUBES_OK);
    CHECK(create("sys-fw", NULL, "deb", NULL) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "work", "netvm", "sys-fw", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "sys-net", "provides_network", "yes", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "sys-fw", "provides_network", "yes", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "sys-fw", "netvm", "sys-net", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "work", "netvm", "sys-fw", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "sys-net", "netvm", "sys-fw", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "sys-net", "netvm", "sys-net", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "sys-fw", "provides_network", "no", &err) == QUBES_E_IN_USE);
    CHECK_TEXT(err.text, "sys-fw is the netvm of work");
    CHECK(qubes_domain_remove(&paths, "sys-fw", true, &err) == QUBES_E_IN_USE);
    CHECK(qubes_domain_set(&paths, "work", "netvm", "none", &err) == QUBES_OK);
    CHECK_TEXT(load("work").netvm, "");
}

static void disposables_come_from_a_marked_app_domain(void)
{
    qubes_domain disposable;
    CHECK(qubes_domain_create_disposable(&paths, "work", &disposable, &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "work", "default_dispvm", "work", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "deb", "template_for_dispvms", "yes", &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_set(&paths, "work", "template_for_dispvms", "yes", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "work", "default_dispvm", "work", &err) == QUBES_OK);
    CHECK(qubes_domain_create_disposable(&paths, "work", &disposable, &err) == QUBES_OK);
    CHECK(strncmp(disposable.name, "disp", 4) == 0 && disposable.cls == QUBES_CLASS_DISP);
    CHECK_TEXT(disposable.template_name, "work");
    CHECK_TEXT(disposable.label->name, "purple");
    CHECK(disposable.memory_mb == 2048);
    CHECK(qubes_domain_set(&paths, "work", "template_for_dispvms", "no", &err) == QUBES_E_INVALID); /* its own */
    CHECK(qubes_domain_set(&paths, "work", "default_dispvm", "none", &err) == QUBES_OK);
    CHECK(qubes_domain_set(&paths, "work", "template_for_dispvms", "no", &err) == QUBES_E_IN_USE);
    CHECK(qubes_domain_remove(&paths, "work", true, &err) == QUBES_E_IN_USE);
    CHECK(qubes_domain_remove(&paths, disposable.name, false, &err) == QUBES_OK);
}

static void data_is_not_removed_by_accident(void)
{
    scratch_write("data/domains/alone/private.vhdx", "letters");
    scratch_write("data/domains/alone/deep/er/file", "photo");
    CHECK(qubes_domain_remove(&paths, "alone", false, &err) == QUBES_E_IN_USE);
    CHECK(os_exists(scratch_path("data/domains/alone/private.vhdx")));
    CHECK(qubes_domain_remove(&paths, "alone", true, &err) == QUBES_OK);
    CHECK(!os_exists(scratch_path("data/domains/alone")) && !os_exists(scratch_path("data/domains/.removed-alone")));
    CHECK(qubes_domain_remove(&paths, "alone", true, &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_domain_remove(&paths, "dom0", true, &err) == QUBES_E_INVALID);
    CHECK(qubes_domain_remove(&paths, "..", true, &err) == QUBES_E_INVALID);
}

static void what_runs_cannot_lose_its_settings(void)
{
    CHECK(store_write_state(&paths, "work", QUBES_STATE_RUNNING, &err) == QUBES_OK);
    CHECK(load("work").state == QUBES_STATE_RUNNING);
    CHECK(qubes_domain_set(&paths, "work", "netvm", "sys-fw", &err) == QUBES_E_IN_USE);
    CHECK(qubes_domain_set(&paths, "work", "label", "red", &err) == QUBES_E_IN_USE);
    CHECK(qubes_domain_set(&paths, "work", "tags", "a b", &err) == QUBES_OK);
    CHECK(qubes_domain_remove(&paths, "work", true, &err) == QUBES_E_IN_USE);
    CHECK(store_write_state(&paths, "work", QUBES_STATE_HALTED, &err) == QUBES_OK);
    CHECK(load("work").state == QUBES_STATE_HALTED);
    scratch_write("data/run/work.state", "dancing\n");
    CHECK(qubes_domain_load(&paths, "work", &(qubes_domain){0}, &err) == QUBES_E_DAMAGED);
    CHECK(store_write_state(&paths, "work", QUBES_STATE_HALTED, &err) == QUBES_OK);
}

static void remains_of_a_crash_do_not_matter(void)
{
    qubes_domain_list list;
    scratch_write("data/domains/.new-fresh/domain.conf", "half a fi");
    scratch_write("data/domains/.removed-gone/private.vhdx", "x");
    scratch_write("data/domains/work/domain.conf.new", "half a fi");
    scratch_write("data/domains/a file", "not ours");
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_OK);
    CHECK(!qubes_domain_find(&list, "fresh"));
    qubes_domain_list_free(&list);
    CHECK(create("fresh", NULL, "deb", NULL) == QUBES_OK);
    CHECK(!os_exists(scratch_path("data/domains/.new-fresh")));
    CHECK(qubes_domain_set(&paths, "work", "vcpus", "3", &err) == QUBES_OK);
    CHECK(load("work").vcpus == 3);
    CHECK(qubes_domain_remove(&paths, "fresh", false, &err) == QUBES_OK);
}

static void a_damaged_domain_is_named_and_hides_none(void)
{
    qubes_domain_list list;
    char expected[QUBES_ERROR_MAX];
    scratch_write("data/domains/broken/domain.conf", "qubes-domain 1\nid = 70\nclass = AppVM\nlabel = pink\n");
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_E_DAMAGED);
    qubes_print(expected, sizeof expected,
                "%s:4: label: 'pink' is not red, orange, yellow, green, gray, blue, purple or black",
                scratch_path("data/domains/broken/domain.conf"));
    CHECK_TEXT(err.text, expected);
    scratch_write("data/domains/broken/domain.conf", "qubes-domain 1\nid = 2\nclass = StandaloneVM\nlabel = red\n");
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_E_DAMAGED);
    CHECK_TEXT(err.text, "domains broken and work both have id 2");
    CHECK(os_remove_tree(scratch_path("data/domains/broken"), &err) == QUBES_OK);
}

static void templates_are_registered_only_with_the_right_hash(void)
{
    static const char hash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; /* "abc" */
    char image[QUBES_PATH_MAX], found[QUBES_PATH_MAX];
    qubes_domain_list list;
    scratch_write("data/templates/deb13.vhdx", "abc");
    qubes_copy(image, sizeof image, scratch_path("data/templates/deb13.vhdx"));
    CHECK(qubes_template_register(&paths, "deb13", image, "00", &err) == QUBES_E_INVALID);
    CHECK(qubes_template_register(&paths, "deb13", image, "", &err) == QUBES_E_INVALID);
    char wrong[65];
    memcpy(wrong, hash, sizeof wrong);
    wrong[0] = 'c';
    CHECK(qubes_template_register(&paths, "deb13", image, wrong, &err) == QUBES_E_DAMAGED);
    CHECK(qubes_template_register(&paths, "deb13", "deb13.vhdx", hash, &err) == QUBES_E_INVALID);
    CHECK(qubes_template_register(&paths, "deb13", scratch_path("nosuch"), hash, &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_domain_load(&paths, "deb13", &(qubes_domain){0}, &err) == QUBES_E_NOT_FOUND);
    CHECK(qubes_template_register(&paths, "deb13", image, hash, &err) == QUBES_OK);
    CHECK(qubes_template_register(&paths, "deb13", image, hash, &err) == QUBES_OK); /* an upgrade */
    CHECK(qubes_template_register(&paths, "work", image, hash, &err) == QUBES_E_EXISTS);
    qubes_domain template_domain = load("deb13");
    CHECK(template_domain.cls == QUBES_CLASS_TEMPLATE);
    CHECK(!os_path_is_absolute(template_domain.image)); /* the data directory may move */
    CHECK(create("from13", NULL, "deb13", NULL) == QUBES_OK);
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_OK);
    CHECK(qubes_domain_root_image(&paths, &list, qubes_domain_find(&list, "from13"), found, sizeof found, &err) == QUBES_OK);
    CHECK_TEXT(found, image);
    CHECK(qubes_domain_root_image(&paths, &list, qubes_domain_find(&list, "work"), found, sizeof found, &err) ==
          QUBES_E_NOT_FOUND);
    qubes_domain_list_free(&list);
}

static void the_last_id_wraps_to_a_free_one(void)
{
    scratch_write("data/domains/.last-id", "32751\n");
    CHECK(create("wrapped", "StandaloneVM", NULL, NULL) == QUBES_OK);
    qubes_domain_list list;
    CHECK(qubes_domain_list_load(&paths, &list, &err) == QUBES_OK); /* a double id would be damage */
    CHECK(qubes_domain_find(&list, "wrapped")->id < 100);
    qubes_domain_list_free(&list);
}

int main(int argc, char **argv)
{
    scratch_begin(argc, argv);
    paths = scratch_paths();
    created_domains_are_listed_with_stable_ids();
    wrong_domains_are_refused();
    properties_change_and_unknown_keys_stay();
    networks_form_no_loop_and_stay_consistent();
    disposables_come_from_a_marked_app_domain();
    data_is_not_removed_by_accident();
    what_runs_cannot_lose_its_settings();
    remains_of_a_crash_do_not_matter();
    a_damaged_domain_is_named_and_hides_none();
    templates_are_registered_only_with_the_right_hash();
    the_last_id_wraps_to_a_free_one();
    return test_report("domains");
}
