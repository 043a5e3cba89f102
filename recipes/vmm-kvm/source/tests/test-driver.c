/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs over a host in memory that keeps what it was asked, and real domain files. Argument: a scratch directory. */
#include "driver.h"

#include "document.h"
#include "fixture.h"

typedef struct twin {
    char log[8192];      /* the program runs, one a line, without the connection */
    char list[512];      /* what `virsh list` prints */
    char networks[256];  /* what `virsh net-list` prints */
    char files[2048];    /* paths that exist, each in a line of its own */
    const char *refuses; /* a verb that fails */
    unsigned ends_after; /* seconds that a guest takes to shut down; 0 for never */
    unsigned seconds;
    bool asked; /* to shut down */
} twin;

static twin world;
static settings how;

static void add_line(char *to, size_t room, const char *text)
{
    size_t used = strlen(to);
    snprintf(to + used, room - used, "%s\n", text);
}

static void remove_line(char *from, const char *line)
{
    char wanted[QUBES_PATH_MAX * 2];
    snprintf(wanted, sizeof wanted, "%s\n", line);
    char *at = strstr(from, wanted);
    if (at)
        memmove(at, at + strlen(wanted), strlen(at + strlen(wanted)) + 1);
}

static bool has(const char *lines, const char *line)
{
    char wanted[QUBES_PATH_MAX * 2];
    snprintf(wanted, sizeof wanted, "%s\n", line);
    return strstr(lines, wanted) != NULL;
}

static const char *short_name(const char *path)
{
    size_t prefix = strlen(paths.data);
    return strncmp(path, paths.data, prefix) == 0 ? path + prefix + 1 : path;
}

static void take_uuid(const char *document, char out[37])
{
    const char *at = strstr(document, "<uuid>");
    snprintf(out, 37, "%s", at ? at + 6 : "");
}

/* libvirt makes the file. */
static void take_firmware(const char *document)
{
    char path[QUBES_PATH_MAX];
    const char *at = strstr(document, "<nvram>");
    CHECK(at && sscanf(at, "<nvram>%1023[^<]", path) == 1);
    add_line(world.files, sizeof world.files, path);
}

static qubes_status run(void *context, const char *const *argv, const char *input, char **output, qubes_error *e)
{
    char line[QUBES_PATH_MAX * 4] = "";
    (void)context;
    bool is_virsh = strcmp(argv[0], "virsh") == 0;
    const char *verb = is_virsh ? argv[4] : argv[1];
    for (size_t i = is_virsh ? 4 : 0; argv[i]; i++) {
        strcat(line, i == 0 || (is_virsh && i == 4) ? "" : " ");
        strcat(line, short_name(argv[i]));
    }
    if (strcmp(verb, "list") != 0 && strcmp(verb, "version") != 0 && strcmp(verb, "net-list") != 0)
        add_line(world.log, sizeof world.log, line);
    if (world.refuses && strcmp(world.refuses, verb) == 0) {
        snprintf(e->text, sizeof e->text, "%s: refused", verb);
        return e->status = KVM_REFUSED;
    }
    char uuid[37] = "";
    if (is_virsh && strcmp(verb, "create") == 0 && strcmp(argv[5], "--validate") == 0) {
        take_uuid(input, uuid);
        take_firmware(input);
        add_line(world.list, sizeof world.list, uuid);
    } else if (strcmp(verb, "destroy") == 0) {
        remove_line(world.list, argv[5]);
    } else if (strcmp(verb, "shutdown") == 0) {
        world.asked = true;
    } else if (strcmp(verb, "net-create") == 0) {
        add_line(world.networks, sizeof world.networks, "qubes-net-2");
    } else if (strcmp(verb, "net-destroy") == 0) {
        remove_line(world.networks, argv[5]);
    } else if (!is_virsh) {
        for (size_t i = 0; argv[i]; i++)
            if (strcmp(argv[i], "--") == 0)
                add_line(world.files, sizeof world.files, argv[i + 1]);
    }
    if (output)
        *output = strdup(strcmp(verb, "list") == 0 ? world.list : strcmp(verb, "net-list") == 0 ? world.networks : "");
    return QUBES_OK;
}

static bool exists(void *context, const char *path)
{
    (void)context;
    return has(world.files, path);
}

static qubes_status remove_file(void *context, const char *path, qubes_error *e)
{
    (void)context, (void)e;
    remove_line(world.files, path);
    return QUBES_OK;
}

static void wait_a_second(void *context)
{
    (void)context;
    world.seconds++;
    if (world.asked && world.ends_after && world.seconds >= world.ends_after)
        world.list[0] = '\0';
}

static const host memory = {NULL, run, exists, remove_file, wait_a_second};

static void fresh(void)
{
    memset(&world, 0, sizeof world);
    settings_default(&how);
    add_line(world.files, sizeof world.files, image_path());
    memset(&err, 0, sizeof err);
}

#define UUID(id) "0000000" id "-7175-4265-8000-000000000001"

static void an_app_domain_gets_an_overlay_and_a_private_volume(void)
{
    fresh();
    CHECK(driver_start(&memory, &how, &paths, "net", &err) == QUBES_OK);
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(world.log,
               "qemu-img create -q -f qcow2 -b deb.qcow2 -F qcow2 -- domains/net/root.qcow2\n"
               "qemu-img create -q -f qcow2 -- domains/net/private.qcow2 8G\n"
               "net-create /dev/stdin\n"
               "create --validate --reset-nvram /dev/stdin\n"
               "qemu-img create -q -f qcow2 -b deb.qcow2 -F qcow2 -- domains/work/root.qcow2\n"
               "qemu-img create -q -f qcow2 -- domains/work/private.qcow2 8G\n"
               "create --validate --reset-nvram /dev/stdin\n");
    CHECK_TEXT(world.list, UUID("2") "\n" UUID("3") "\n");

    world.log[0] = '\0';
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(world.log, ""); /* it runs already */
}

static void a_stop_asks_first_and_leaves_the_private_volume(void)
{
    fresh();
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_OK);
    world.log[0] = '\0';
    world.ends_after = 3;
    CHECK(driver_stop(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(world.log, "shutdown " UUID("3") "\n");
    CHECK(world.seconds == 3);
    CHECK(!has(world.files, file_of("work", "root.qcow2")) && has(world.files, file_of("work", "private.qcow2")));
    CHECK(!has(world.files, file_of("work", "firmware.fd")));

    world.log[0] = '\0';
    CHECK(driver_stop(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(world.log, ""); /* it was off already */

    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK(strstr(world.log, "private") == NULL); /* the volume is kept */
}

static void a_guest_that_does_not_end_is_ended(void)
{
    fresh();
    CHECK(driver_start(&memory, &how, &paths, "net", &err) == QUBES_OK);
    world.log[0] = '\0';
    CHECK(driver_stop(&memory, &how, &paths, "net", &err) == QUBES_OK);
    CHECK_TEXT(world.log, "shutdown " UUID("2") "\ndestroy " UUID("2") "\nnet-destroy qubes-net-2\n");
    CHECK(world.seconds == 90);
    CHECK_TEXT(world.list, "");

    CHECK(driver_start(&memory, &how, &paths, "net", &err) == QUBES_OK);
    world.refuses = "destroy";
    CHECK(driver_stop(&memory, &how, &paths, "net", &err) == KVM_REFUSED);
    CHECK(has(world.files, file_of("net", "firmware.fd")));
    CHECK(has(world.files, file_of("net", "root.qcow2"))); /* of a machine that still runs */
}

static void a_failed_start_leaves_nothing_behind(void)
{
    fresh();
    world.refuses = "create";
    CHECK(driver_start(&memory, &how, &paths, "net", &err) == KVM_REFUSED);
    CHECK_TEXT(err.text, "create: refused");
    world.refuses = "net-create";
    CHECK(driver_start(&memory, &how, &paths, "net", &err) == KVM_REFUSED);
    CHECK_TEXT(world.list, "");
    CHECK_TEXT(world.networks, "");
    CHECK(!has(world.files, file_of("net", "root.qcow2")));
}

static void a_network_that_others_are_on_is_not_made_anew(void)
{
    fresh();
    strcpy(world.networks, " default \n qubes-net-2    \n");
    CHECK(driver_start(&memory, &how, &paths, "net", &err) == QUBES_OK);
    CHECK(strstr(world.log, "net-create") != NULL); /* names are whole lines from their beginning */
    fresh();
    strcpy(world.networks, "default\nqubes-net-2\n");
    CHECK(driver_start(&memory, &how, &paths, "net", &err) == QUBES_OK);
    CHECK(strstr(world.log, "net-create") == NULL);
}

static void a_disposable_leaves_no_trace(void)
{
    qubes_domain disposable;
    fresh();
    CHECK(driver_start(&memory, &how, &paths, "dvm", &err) == QUBES_OK);
    world.ends_after = 1;
    CHECK(driver_stop(&memory, &how, &paths, "dvm", &err) == QUBES_OK);
    CHECK(qubes_domain_create_disposable(&paths, "dvm", &disposable, &err) == QUBES_OK);
    world.log[0] = '\0';
    CHECK(driver_start(&memory, &how, &paths, disposable.name, &err) == QUBES_OK);
    CHECK(strstr(world.log, "-b domains/dvm/private.qcow2 -F qcow2 -- domains/disp") != NULL);
    CHECK(driver_stop(&memory, &how, &paths, disposable.name, &err) == QUBES_OK);
    CHECK(strstr(world.files, "/disp") == NULL);
    CHECK(qubes_domain_remove(&paths, disposable.name, true, &err) == QUBES_OK);
}

static void a_template_keeps_what_it_writes(void)
{
    fresh();
    CHECK(driver_start(&memory, &how, &paths, "deb", &err) == QUBES_OK);
    world.ends_after = 1;
    CHECK(driver_stop(&memory, &how, &paths, "deb", &err) == QUBES_OK);
    CHECK(has(world.files, file_of("deb", KEPT_ROOT)));
    world.log[0] = '\0';
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK(strstr(world.log, "-b domains/deb/" KEPT_ROOT " -F qcow2 -- domains/work/root.qcow2\n") != NULL);
    CHECK(driver_stop(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK(has(world.files, file_of("deb", KEPT_ROOT)));
}

/* A layer fits the image that it was made over, and no other one. */
static void a_template_that_is_registered_anew_begins_from_the_new_image(void)
{
    static const char other[] = "0000000000000000000000000000000011111111111111111111111111111111";
    char path[QUBES_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s/new.qcow2", paths.data);
    FILE *image = fopen(path, "wb");
    CHECK(image && fclose(image) == 0);
    fresh();
    add_line(world.files, sizeof world.files, path);
    add_line(world.files, sizeof world.files, file_of("deb", KEPT_ROOT)); /* a layer over the image of before */
    CHECK(qubes_template_register_checked(&paths, "deb", path, other, &err) == QUBES_OK);
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_OK);
    CHECK(strstr(world.log, "-b new.qcow2 -F qcow2 -- domains/work/root.qcow2\n") != NULL);
    CHECK(driver_stop(&memory, &how, &paths, "work", &err) == QUBES_OK);
    world.log[0] = '\0';
    CHECK(driver_start(&memory, &how, &paths, "deb", &err) == QUBES_OK);
    CHECK(strstr(world.log, "-b new.qcow2 -F qcow2 -- domains/deb/root-00000000000000000000000000000000.qcow2\n"));
    CHECK(driver_stop(&memory, &how, &paths, "deb", &err) == QUBES_OK);
    register_image("deb.qcow2");
}

static void record_state(const char *domain, const char *state)
{
    char file[QUBES_PATH_MAX * 2];
    snprintf(file, sizeof file, "%s/run", paths.data);
    mkdir(file, 0700);
    snprintf(file, sizeof file, "%s/run/%s.state", paths.data, domain);
    FILE *out = fopen(file, "w");
    CHECK(out && fputs(state, out) >= 0 && fclose(out) == 0);
}

static void a_template_never_runs_with_what_boots_from_it(void)
{
    fresh();
    record_state("deb", "running\n");
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_E_IN_USE);
    record_state("deb", "halted\n");
    record_state("work", "running\n");
    CHECK(driver_start(&memory, &how, &paths, "deb", &err) == QUBES_E_IN_USE);
    CHECK_TEXT(err.text, "work: runs and boots from this template: stop it first");
    CHECK_TEXT(world.log, "");
    record_state("work", "halted\n");
}

static void collect(void *context, const char *name)
{
    add_line(context, 256, name);
}

static void the_list_is_of_domains_that_run(void)
{
    char names[256] = "";
    fresh();
    strcpy(world.list, UUID("3") "\n" UUID("9") "\n6f7e5c5a-0000-4000-8000-000000000001\n\n" UUID("0") "\n");
    CHECK(driver_list(&memory, &how, &paths, collect, names, &err) == QUBES_OK);
    CHECK_TEXT(names, "work\n");
    world.refuses = "version";
    CHECK(driver_list(&memory, &how, &paths, collect, names, &err) == KVM_ABSENT);
}

static void what_cannot_be_a_machine_is_refused(void)
{
    fresh();
    CHECK(driver_start(&memory, &how, &paths, "nosuch", &err) == QUBES_E_NOT_FOUND);
    CHECK(driver_start(&memory, &how, &paths, "dom0", &err) == QUBES_E_INVALID);
    world.files[0] = '\0';
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_E_NOT_FOUND);
    CHECK(strstr(err.text, "register its template again") != NULL);
    CHECK(driver_stop(&memory, &how, &paths, "work", &err) == QUBES_OK);
    register_image("deb.vhdx");
    CHECK(driver_start(&memory, &how, &paths, "work", &err) == QUBES_E_INVALID);
    register_image("deb.qcow2");
    CHECK_TEXT(world.log, "");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    make_domains(argv[1]);
    an_app_domain_gets_an_overlay_and_a_private_volume();
    a_stop_asks_first_and_leaves_the_private_volume();
    a_guest_that_does_not_end_is_ended();
    a_failed_start_leaves_nothing_behind();
    a_network_that_others_are_on_is_not_made_anew();
    a_disposable_leaves_no_trace();
    a_template_keeps_what_it_writes();
    a_template_that_is_registered_anew_begins_from_the_new_image();
    a_template_never_runs_with_what_boots_from_it();
    the_list_is_of_domains_that_run();
    what_cannot_be_a_machine_is_refused();
    return test_report("driver");
}
