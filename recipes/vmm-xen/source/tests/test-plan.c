/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What machines consist of, for every class of domain, and what is no machine. */
#include "plan.h"
#include "fixture.h"

static const char *there[8]; /* files beside the image and the default kernel */
static bool nothing_there;

static bool exists(void *context, const char *path)
{
    (void)context;
    if (nothing_there)
        return false;
    for (size_t i = 0; i < 8 && there[i]; i++)
        if (strcmp(tail(path), there[i]) == 0)
            return true;
    return strcmp(tail(path), "deb.img") == 0 || strcmp(tail(path), "vm-kernels/default/vmlinux") == 0;
}

static plan made;

static qubes_status make(const char *name, const char *choice_text)
{
    qubes_domain_list domains;
    plan_choice choice;
    CHECK(plan_read_choice(choice_text, &choice, &err) == QUBES_OK);
    CHECK(qubes_domain_list_load(&paths, &domains, &err) == QUBES_OK);
    qubes_status status = plan_make(&paths, &domains, name, &choice, exists, NULL, &made, &err);
    qubes_domain_list_free(&domains);
    return status;
}

/* A volume as "DEVICE ro|rw SOURCE FILE BASE". */
static const char *volume(size_t i)
{
    static const char *const sources[] = {"file", "copy", "new", "layer"};
    static char text[QUBES_PATH_MAX * 3];
    const plan_volume *one = &made.volumes[i];
    if (i >= made.volume_count)
        return "none";
    snprintf(text, sizeof text, "%s %s %s %s %s", one->device, one->writable ? "rw" : "ro", sources[one->source],
             tail(one->file), tail(one->base));
    return text;
}

static void test_app_domains(void)
{
    CHECK(make("work", NULL) == QUBES_OK);
    CHECK(made.domain.id == 2 && made.domain.memory_mb == 512 && made.domain.vcpus == 3 && !made.pv);
    CHECK_TEXT(tail(made.kernel), "vm-kernels/default/vmlinux");
    CHECK_TEXT(tail(made.ramdisk), "vm-kernels/default/initramfs");
    CHECK_TEXT(tail(made.options), "vm-kernels/default/options");
    CHECK_TEXT(volume(0), "xvda rw layer domains/work/root.layer deb.img");
    CHECK_TEXT(volume(1), "xvdb rw new domains/work/private.img ");
    CHECK_TEXT(volume(2), "xvdd ro file vm-kernels/default/modules.img ");
    CHECK(made.volume_count == 3);

    /* Once the template has changed its root, that is what the domain boots; its home is kept. */
    there[0] = "domains/deb/" KEPT_ROOT;
    there[1] = "domains/work/private.img";
    CHECK(make("work", NULL) == QUBES_OK);
    CHECK_TEXT(volume(0), "xvda rw layer domains/work/root.layer domains/deb/" KEPT_ROOT);
    CHECK_TEXT(volume(1), "xvdb rw file domains/work/private.img ");
    there[0] = there[1] = NULL;
}

static void test_domains_that_keep_their_root(void)
{
    CHECK(make("deb", NULL) == QUBES_OK);
    CHECK_TEXT(volume(0), "xvda rw copy domains/deb/" KEPT_ROOT " deb.img");
    CHECK_TEXT(volume(1), "xvdd ro file vm-kernels/default/modules.img ");
    there[0] = "domains/deb/" KEPT_ROOT;
    CHECK(make("deb", NULL) == QUBES_OK);
    CHECK_TEXT(volume(0), "xvda rw file domains/deb/" KEPT_ROOT " ");

    /* A standalone domain's root is brought by a person. */
    CHECK(make("lone", NULL) == QUBES_E_NOT_FOUND);
    there[0] = "domains/lone/root.img";
    CHECK(make("lone", NULL) == QUBES_OK);
    CHECK_TEXT(volume(0), "xvda rw file domains/lone/root.img ");
    there[0] = NULL;
}

static void test_disposables(void)
{
    qubes_domain disposable;
    CHECK(qubes_domain_create_disposable(&paths, "dvm", &disposable, &err) == QUBES_OK);
    CHECK(make(disposable.name, NULL) == QUBES_OK);
    CHECK(made.volumes[1].source == SOURCE_NEW);
    there[0] = "domains/dvm/private.img";
    CHECK(make(disposable.name, NULL) == QUBES_OK);
    CHECK(made.volumes[0].source == SOURCE_LAYER);
    CHECK(made.volumes[1].source == SOURCE_LAYER);
    CHECK_TEXT(tail(made.volumes[0].base), "deb.img");
    CHECK_TEXT(tail(made.volumes[1].base), "domains/dvm/private.img");

    /* The layer would lie over a volume that changes. */
    record_running("dvm");
    CHECK(make(disposable.name, NULL) == QUBES_E_IN_USE);
    there[0] = NULL;
}

static void test_a_template_runs_alone(void)
{
    record_running("deb");
    CHECK(make("work", NULL) == QUBES_E_IN_USE);
    CHECK(strstr(err.text, "deb") != NULL);
    create("other", NULL, "deb");
    record_running("other");
    CHECK(make("deb", NULL) == QUBES_E_IN_USE);
}

static void test_what_is_no_machine(void)
{
    CHECK(make("nobody", NULL) == QUBES_E_NOT_FOUND);
    CHECK(make("dom0", NULL) == QUBES_E_INVALID);
    nothing_there = true;
    CHECK(make("work", NULL) == QUBES_E_NOT_FOUND);
    CHECK(strstr(err.text, "register its template again") != NULL);
    nothing_there = false;
    set("work", "guest_os", "windows");
    CHECK(make("work", NULL) == QUBES_E_INVALID);
    set("work", "guest_os", "linux");
}

static void test_choices_of_a_person(void)
{
    plan_choice choice;
    CHECK(make("work", "type = pv\nkernel = 6.1\n") == QUBES_E_NOT_FOUND);
    CHECK(strstr(err.text, "vm-kernels/6.1") != NULL);
    there[0] = "vm-kernels/6.1/vmlinux";
    CHECK(make("work", "# mine\n\n type = pv\nkernel = 6.1") == QUBES_OK);
    CHECK(made.pv);
    there[0] = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin";
    CHECK(make("work", "kernel = template\n") == QUBES_OK);
    CHECK_TEXT(made.kernel, there[0]);
    CHECK(made.ramdisk[0] == '\0' && made.options[0] == '\0' && made.volume_count == 2);
    there[0] = NULL;
    CHECK(make("work", "type = pv\nkernel = template\n") == QUBES_E_NOT_FOUND);

    static const char *const wrong[] = {
        "type = hvm\n", "kernel = ../../etc\n", "kernel = .hidden\n", "kernel = a/b\n", "kernel =\n", "type\n",
        "memory = 5\n", "type = pv pvh\n", "kernel = a;b\n", "kernel = \"a\"\n",
        "kernel = 123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(plan_read_choice(wrong[i], &choice, &err) == QUBES_E_DAMAGED);
        CHECK(strstr(err.text, "xen.conf:1:") != NULL);
    }
    CHECK(plan_read_choice("type = pv\n\nx\n", &choice, &err) == QUBES_E_DAMAGED);
    CHECK(strstr(err.text, "xen.conf:3:") != NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    make_domains(argv[1]);
    test_app_domains();
    test_domains_that_keep_their_root();
    test_what_is_no_machine();
    test_choices_of_a_person();
    test_disposables();
    test_a_template_runs_alone();
    return test_report("plan");
}
