/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs over a twin of Xen in memory: what is called in which order, and what a failure leaves. */
#include "driver.h"
#include "fixture.h"

/* The twin: a log of calls, one machine, its volumes, and which call fails. */
static char calls[16384], volumes[8][64], command_line[XEN_COMMAND_LINE_SIZE], machine_name[64];
static const char *failing = "", *choice_text;
static xen_state machine;
static uint32_t number;
static uint8_t generation;
static bool processor_lacks_pvh, made_pv, guest_ignores_shutdown, guest_has_agent, guest_ends;
static unsigned waited, dying_until;

static qubes_status note(const char *call, const char *a, const char *b)
{
    size_t used = strlen(calls);
    snprintf(calls + used, sizeof calls - used, "%s %s%s%s\n", call, a, *b ? " " : "", b);
    if (strcmp(call, failing) != 0)
        return QUBES_OK;
    snprintf(err.text, sizeof err.text, "%s failed", call);
    return err.status = XEN_FAILED;
}

static void forget(void)
{
    calls[0] = '\0';
    failing = "";
}

static qubes_status twin_check(void *c, qubes_error *e)
{
    (void)c, (void)e;
    return QUBES_OK;
}

static bool twin_has_pvh(void *c)
{
    (void)c;
    return !processor_lacks_pvh;
}

static qubes_status twin_lock(void *c, const char *directory, int *lock, qubes_error *e)
{
    (void)c, (void)e;
    *lock = 7;
    return note("lock", tail(directory), "");
}

static void twin_unlock(void *c, int lock)
{
    (void)c;
    CHECK(lock == 7);
    note("unlock", "", "");
}

static bool twin_exists(void *c, const char *path)
{
    (void)c;
    return strcmp(tail(path), "deb.img") == 0 || strstr(path, "vm-kernels/default/") != NULL;
}

static qubes_status twin_read(void *c, const char *path, char *out, size_t size, qubes_error *e)
{
    (void)c;
    const char *text = strstr(path, "/options") ? "console=hvc0 quiet\nignored" : choice_text;
    if (!text)
        return e->status = QUBES_E_NOT_FOUND;
    snprintf(out, size, "%s", text);
    return QUBES_OK;
}

static qubes_status twin_copy(void *c, const char *from, const char *to, qubes_error *e)
{
    (void)c, (void)e;
    return note("copy", tail(from), tail(to));
}

static qubes_status twin_new(void *c, const char *path, uint64_t bytes, qubes_error *e)
{
    (void)c, (void)e;
    CHECK(bytes == PLAN_PRIVATE_BYTES);
    return note("new", tail(path), "");
}

static qubes_status twin_remove(void *c, const char *path, qubes_error *e)
{
    (void)c, (void)e;
    return note("remove", tail(path), "");
}

static char *volume(const char *name)
{
    for (size_t i = 0; i < 8; i++)
        if (strcmp(volumes[i], name) == 0)
            return volumes[i];
    return NULL;
}

static qubes_status twin_open(void *c, const char *name, const char *file, const char *base, bool writable,
                              char device[XEN_DEVICE_SIZE], qubes_error *e)
{
    char text[QUBES_PATH_MAX * 2];
    (void)c, (void)e;
    snprintf(text, sizeof text, "%s%s%s %s", tail(file), base ? " over " : "", base ? tail(base) : "",
             writable ? "rw" : "ro");
    qubes_status status = note("open", name, text);
    if (status != QUBES_OK)
        return status;
    CHECK(volume(name) == NULL);
    snprintf(volume(""), sizeof volumes[0], "%s", name);
    snprintf(device, XEN_DEVICE_SIZE, "/dev/%s", name);
    return QUBES_OK;
}

static qubes_status twin_close(void *c, const char *name, qubes_error *e)
{
    (void)c, (void)e;
    char *found = volume(name);
    if (!found)
        return QUBES_OK;
    CHECK(machine == XEN_NOT_THERE || machine == XEN_DYING); /* a device in use cannot be taken away */
    found[0] = '\0';
    return note("close", name, "");
}

static qubes_status twin_create(void *c, const xen_request *request, xen_instance *instance, qubes_error *e)
{
    (void)c, (void)e;
    qubes_status status = note("create", request->from->domain.name, request->devices[0]);
    if (status != QUBES_OK)
        return status;
    CHECK(machine == XEN_NOT_THERE);
    machine = XEN_RUNNING;
    number = request->from->domain.id;
    made_pv = request->from->pv;
    snprintf(machine_name, sizeof machine_name, "%s", request->from->domain.name);
    snprintf(command_line, sizeof command_line, "%s", request->command_line);
    memset(instance, ++generation, sizeof *instance);
    return QUBES_OK;
}

static qubes_status twin_state(void *c, uint32_t domain, xen_state *state, xen_instance *instance, qubes_error *e)
{
    (void)c, (void)e;
    if (machine == XEN_DYING && waited >= dying_until)
        machine = XEN_NOT_THERE;
    *state = domain == number ? machine : XEN_NOT_THERE;
    memset(instance, generation, sizeof *instance);
    return QUBES_OK;
}

static qubes_status twin_ask(void *c, uint32_t domain, qubes_error *e)
{
    (void)c, (void)e, (void)domain;
    if (!guest_ignores_shutdown)
        machine = XEN_ENDED;
    return note("ask", machine_name, "");
}

static qubes_status twin_destroy(void *c, uint32_t domain, qubes_error *e)
{
    (void)c, (void)e;
    if (domain != number || machine == XEN_NOT_THERE)
        return QUBES_OK;
    if (machine != XEN_DYING)
        machine = dying_until > waited ? XEN_DYING : XEN_NOT_THERE;
    return note("destroy", machine_name, "");
}

static bool twin_agent(void *c, uint32_t domain)
{
    (void)c, (void)domain;
    return guest_has_agent;
}

static qubes_status twin_each(void *c, void (*visit)(void *to, uint32_t domain, const char *name), void *to,
                              qubes_error *e)
{
    (void)c, (void)e;
    visit(to, 0, "Domain-0");
    if (machine == XEN_RUNNING)
        visit(to, number, machine_name);
    visit(to, 3, "foreign"); /* the number of dvm */
    visit(to, 9, "work");
    return QUBES_OK;
}

static qubes_status twin_watch(void *c, const char *name, const xen_instance *instance, qubes_error *e)
{
    (void)c, (void)e;
    CHECK(instance->bytes[0] == generation);
    return note("watch", name, "");
}

static void twin_wait(void *c, unsigned milliseconds)
{
    (void)c;
    if (guest_ends)
        machine = XEN_ENDED;
    waited += milliseconds;
}

static unsigned long long twin_now(void *c)
{
    (void)c;
    return waited;
}

static const xen twin = {
    .check = twin_check, .has_pvh = twin_has_pvh, .lock = twin_lock, .unlock = twin_unlock, .exists = twin_exists, .read_text = twin_read,
    .copy_file = twin_copy, .new_file = twin_new, .remove_file = twin_remove, .open_volume = twin_open,
    .close_volume = twin_close, .create = twin_create, .state = twin_state, .ask_to_shut_down = twin_ask,
    .destroy = twin_destroy, .has_agent = twin_agent, .each = twin_each, .watch = twin_watch, .wait = twin_wait, .now = twin_now,
};

#define START_OF_WORK                                                                                   \
    "lock domains/work\n"                                                                               \
    "remove domains/work/root.layer\n"                                                                  \
    "open qubes-2-root domains/work/root.layer over deb.img rw\n"                                       \
    "new domains/work/private.img\n"                                                                    \
    "open qubes-2-private domains/work/private.img rw\n"                                                \
    "open qubes-2-modules vm-kernels/default/modules.img ro\n"                                          \
    "create work /dev/qubes-2-root\n"

#define VOLUMES_CLOSED "close qubes-2-modules\nclose qubes-2-private\nclose qubes-2-root\n"

static void test_start_and_stop(void)
{
    guest_has_agent = true;
    forget();
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(calls, START_OF_WORK "watch work\nunlock \n");
    CHECK_TEXT(command_line, "root=/dev/xvda3 ro qubes.modules=/dev/xvdd console=hvc0 quiet");

    forget(); /* it runs already */
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(calls, "lock domains/work\nunlock \n");

    forget();
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(calls, "lock domains/work\nask work\ndestroy work\n" VOLUMES_CLOSED
                      "remove domains/work/root.layer\nunlock \n");
    forget(); /* it is off already */
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(calls, "lock domains/work\nremove domains/work/root.layer\nunlock \n");
}

static bool starts_as_pv(const char *choice)
{
    choice_text = choice;
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    choice_text = NULL;
    return made_pv;
}

static void test_what_the_processor_can(void)
{
    CHECK(!starts_as_pv(NULL) && starts_as_pv("type = pv\n"));
    processor_lacks_pvh = true;
    CHECK(starts_as_pv(NULL) && !starts_as_pv("type = pvh\n")); /* Xen says why not */
    processor_lacks_pvh = false;
}

static void test_a_guest_that_does_not_obey(void)
{
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    guest_ignores_shutdown = true;
    forget();
    unsigned before = waited;
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(waited - before == 90000 && machine == XEN_NOT_THERE && strstr(calls, "destroy work\n") != NULL);
    guest_ignores_shutdown = false;

    /* Somebody still has its memory mapped: it is off, but its number is not free yet. */
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    dying_until = waited + 5000;
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(machine == XEN_DYING && volume("qubes-2-root") == NULL);
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(machine == XEN_RUNNING && waited == dying_until);
    dying_until = waited + 60000;
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(driver_start(&twin, &paths, "work", &err) == XEN_FAILED);
    CHECK(strstr(err.text, "still has memory") != NULL);
    waited = dying_until;
    dying_until = 0;
}

static void test_a_guest_without_an_agent(void)
{
    guest_has_agent = false;
    unsigned before = waited;
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(waited - before == 200000 && machine == XEN_RUNNING);
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    guest_ends = true;
    CHECK(driver_start(&twin, &paths, "work", &err) == XEN_FAILED);
    CHECK(strstr(err.text, "ended while it started") != NULL);
    CHECK(machine == XEN_NOT_THERE && volume("qubes-2-root") == NULL);
    guest_ends = false;
    guest_has_agent = true;
}

static void test_failures_leave_nothing(void)
{
    static const char *const each[] = {"open", "new", "create", "watch"};
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        forget();
        failing = each[i];
        CHECK(driver_start(&twin, &paths, "work", &err) == XEN_FAILED);
        CHECK(machine == XEN_NOT_THERE && volume("qubes-2-root") == NULL && volume("qubes-2-modules") == NULL);
        CHECK(strstr(calls, "unlock \n") != NULL);
    }
    forget();
    choice_text = "type = nonsense\n";
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_E_DAMAGED);
    choice_text = NULL;
    CHECK(driver_start(&twin, &paths, "nobody", &err) == QUBES_E_NOT_FOUND);
    CHECK(driver_start(&twin, &paths, "dom0", &err) == QUBES_E_INVALID);
    CHECK(driver_start(&twin, &paths, "../work", &err) != QUBES_OK);
}

static void test_a_root_that_is_kept_is_copied_whole(void)
{
    forget();
    CHECK(driver_start(&twin, &paths, "deb", &err) == QUBES_OK);
    CHECK(strstr(calls, "copy deb.img domains/deb/" KEPT_ROOT ".new\n"
                        "open qubes-1-root domains/deb/" KEPT_ROOT " rw\n") != NULL);
    CHECK(driver_stop(&twin, &paths, "deb", &err) == QUBES_OK);
}

static char listed[256];

static void visit(void *context, const char *name)
{
    (void)context;
    strncat(listed, name, sizeof listed - strlen(listed) - 1);
}

static void test_the_list_has_our_machines_only(void)
{
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(driver_list(&twin, &paths, visit, NULL, &err) == QUBES_OK);
    CHECK_TEXT(listed, "work");
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
}

/* Records are corrected by core-admin, whose driver is not there in this test: that is its last word. */
static void test_a_domain_that_ends_by_itself(void)
{
    xen_instance instance, old;
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    memset(&old, generation - 1, sizeof old);
    memset(&instance, generation, sizeof instance);
    forget(); /* the watch over an earlier start has nothing to say about this one */
    driver_watch(&twin, &paths, "work", &old, &err);
    CHECK(machine == XEN_RUNNING);
    CHECK_TEXT(calls, "lock domains/work\nunlock \n");

    guest_ends = true;
    forget();
    CHECK(driver_watch(&twin, &paths, "work", &instance, &err) == QUBES_E_DRIVER);
    CHECK(machine == XEN_NOT_THERE);
    CHECK_TEXT(calls, "lock domains/work\ndestroy work\n" VOLUMES_CLOSED "remove domains/work/root.layer\nunlock \n");
    guest_ends = false;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    make_domains(argv[1]);
    test_start_and_stop();
    test_what_the_processor_can();
    test_a_guest_that_does_not_obey();
    test_a_guest_without_an_agent();
    test_failures_leave_nothing();
    test_a_root_that_is_kept_is_copied_whole();
    test_the_list_has_our_machines_only();
    test_a_domain_that_ends_by_itself();
    return test_report("driver");
}
