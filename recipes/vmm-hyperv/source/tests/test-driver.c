/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs over a twin of Hyper-V in memory: what is called in which order, and what a failure leaves. */
#include "driver.h"
#include "fixture.h"
#include "identity.h"

/* The twin: a log of calls, the files and machines that exist, and which call fails. */
static char calls[32768], files[32][QUBES_PATH_MAX * 2], machines[8][64];
static const char *failing = "";
static char created[64]; /* a machine that is not started yet */
static bool guest_ignores_shutdown;

static void forget(void)
{
    calls[0] = '\0';
    failing = "";
}

static const char *tail(const char *path)
{
    const char *begin = strstr(path, "/domains/");
    return begin ? begin + 9 : strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* GUIDs shortened to DOMAIN.KIND. */
static const char *brief(const char *id)
{
    static char text[4][32];
    static unsigned turn;
    char *out = text[turn++ % 4];
    snprintf(out, sizeof text[0], "%lu.%s", strtoul(id, NULL, 16), id + 35);
    return strstr(id, "7175-4265") ? out : "switch";
}

static qubes_status note(const char *call, const char *a, const char *b)
{
    size_t used = strlen(calls);
    snprintf(calls + used, sizeof calls - used, "%s %s%s%s\n", call, a, *b ? " " : "", b);
    if (strcmp(call, failing) != 0)
        return QUBES_OK;
    snprintf(err.text, sizeof err.text, "%s failed", call);
    return err.status = HYPERV_FAILED;
}

static char *slot(char *all, size_t count, size_t size, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(all + i * size, text) == 0)
            return all + i * size;
    return NULL;
}
#define FILE_SLOT(path) slot(files[0], 32, sizeof files[0], path)
#define MACHINE_SLOT(id) slot(machines[0], 8, sizeof machines[0], id)

static qubes_status twin_check(void *c, qubes_error *e)
{
    (void)c, (void)e;
    return QUBES_OK;
}

static unsigned twin_build(void *c)
{
    (void)c;
    return 22621;
}

static bool twin_exists(void *c, const char *path)
{
    (void)c;
    return strcmp(path, image_path()) == 0 || FILE_SLOT(path) != NULL;
}

static qubes_status twin_remove(void *c, const char *path, qubes_error *e)
{
    (void)c, (void)e;
    char *found = FILE_SLOT(path);
    if (!found)
        return QUBES_OK;
    found[0] = '\0';
    return note("remove", tail(path), "");
}

static qubes_status twin_disk(void *c, const char *path, const char *parent, uint64_t bytes, qubes_error *e)
{
    char size[32];
    (void)c, (void)e;
    snprintf(size, sizeof size, "%lluG", (unsigned long long)(bytes >> 30));
    qubes_status status = note("disk", tail(path), *parent ? tail(parent) : size);
    if (status == QUBES_OK)
        snprintf(FILE_SLOT(""), sizeof files[0], "%s", path);
    return status;
}

static qubes_status twin_grant(void *c, const char *machine, const char *path, qubes_error *e)
{
    (void)c, (void)e;
    return note("grant", brief(machine), tail(path));
}

static qubes_status twin_network(void *c, const char *id, const char *document, qubes_error *e)
{
    (void)c, (void)e, (void)document;
    return note("network", brief(id), "");
}

static qubes_status twin_endpoint(void *c, const char *network, const char *id, const char *document, qubes_error *e)
{
    (void)c, (void)e, (void)document;
    return note("endpoint", brief(network), brief(id));
}

static qubes_status twin_delete_network(void *c, const char *id, qubes_error *e)
{
    (void)c, (void)e;
    return note("-network", brief(id), "");
}

static qubes_status twin_delete_endpoint(void *c, const char *id, qubes_error *e)
{
    (void)c, (void)e;
    return note("-endpoint", brief(id), "");
}

static qubes_status twin_create(void *c, const char *id, const char *document, qubes_error *e)
{
    (void)c, (void)e, (void)document;
    qubes_status status = note("create", brief(id), "");
    if (status == QUBES_OK)
        snprintf(created, sizeof created, "%s", id);
    return status;
}

static qubes_status twin_start(void *c, const char *id, qubes_error *e)
{
    (void)c, (void)e;
    qubes_status status = note("start", brief(id), "");
    created[0] = '\0';
    if (status == QUBES_OK)
        snprintf(MACHINE_SLOT(""), sizeof machines[0], "%s", id);
    return status;
}

static qubes_status twin_modify(void *c, const char *id, const char *document, qubes_error *e)
{
    (void)c, (void)e;
    return note(strstr(document, "\"Add\"") ? "plug" : "unplug", brief(id), "");
}

static qubes_status twin_shutdown(void *c, const char *id, unsigned seconds, bool *off, qubes_error *e)
{
    (void)c, (void)e, (void)seconds;
    *off = !guest_ignores_shutdown;
    if (*off && MACHINE_SLOT(id))
        MACHINE_SLOT(id)[0] = '\0';
    return note("shutdown", brief(id), "");
}

static qubes_status twin_terminate(void *c, const char *id, qubes_error *e)
{
    (void)c, (void)e;
    if (MACHINE_SLOT(id))
        MACHINE_SLOT(id)[0] = '\0';
    created[0] = '\0';
    return note("terminate", brief(id), "");
}

static qubes_status twin_list(void *c, const char *query, char **json, qubes_error *e)
{
    (void)c, (void)query, (void)e;
    char text[1024] = "[";
    for (size_t i = 0; i < 8; i++)
        if (machines[i][0])
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s{\"Id\":\"%s\",\"State\":\"Running\"}",
                     text[1] ? "," : "", machines[i]);
    if (created[0])
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%s{\"Id\":\"%s\",\"State\":\"Created\",\"RuntimeId\":\"%s\"}", text[1] ? "," : "", created,
                 strcmp(failing, "id") == 0 ? "11111111-2222-3333-4444-555555555555" : created);
    strcat(text, "]");
    *json = strcmp(failing, "list") == 0 ? strdup("nonsense") : strdup(text);
    return QUBES_OK;
}

static qubes_status twin_register(void *c, const char *id, const char *name, qubes_error *e)
{
    (void)c, (void)e;
    return note("register", id, name);
}

static qubes_status twin_unregister(void *c, const char *prefix, qubes_error *e)
{
    (void)c, (void)e;
    return note("unregister", prefix, "");
}

static const hyperv twin = {
    NULL,          twin_check,    twin_build,     twin_exists,         twin_remove,          twin_disk,
        twin_grant,    twin_network,   twin_endpoint,       twin_delete_network,  twin_delete_endpoint,
    twin_create,   twin_start,    twin_modify,    twin_shutdown,       twin_terminate,       twin_list,
    twin_register, twin_unregister,
};

static void a_network_domain_gets_disks_and_the_uplink(void)
{
    forget();
    CHECK(driver_start(&twin, &paths, "net", &err) == QUBES_OK);
    CHECK_TEXT(calls, "terminate 2.1\n-endpoint 2.5\n"
                      "disk net/root.vhdx deb.vhdx\ndisk net/private.vhdx 8G\n"
                      "endpoint switch 2.5\ncreate 2.1\n"
                      "grant 2.1 net/root.vhdx\ngrant 2.1 net/private.vhdx\ngrant 2.1 deb.vhdx\nstart 2.1\n");
    forget();
    CHECK(driver_start(&twin, &paths, "net", &err) == QUBES_OK); /* it runs: nothing to do */
    CHECK_TEXT(calls, "");
}

static void a_client_is_linked_to_its_netvm_alone(void)
{
    forget();
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(calls, "terminate 3.1\nunplug 2.1\n-endpoint 3.4\n-endpoint 3.3\n-network 3.2\n"
                      "disk work/root.vhdx deb.vhdx\ndisk work/private.vhdx 8G\n"
                      "network 3.2\nendpoint 3.2 3.3\nendpoint 3.2 3.4\ncreate 3.1\n"
                      "grant 3.1 work/root.vhdx\ngrant 3.1 work/private.vhdx\ngrant 3.1 deb.vhdx\n"
                      "plug 2.1\nstart 3.1\n");
}

static void a_stop_takes_away_all_but_the_persons_data(void)
{
    forget();
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK_TEXT(calls, "shutdown 3.1\nunplug 2.1\n-endpoint 3.4\n-endpoint 3.3\n-network 3.2\nremove work/root.vhdx\n");
    forget();
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(strstr(calls, "disk work/root.vhdx") && !strstr(calls, "disk work/private.vhdx"));
    forget();
    guest_ignores_shutdown = true;
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(strstr(calls, "shutdown 3.1\nterminate 3.1\n") == calls);
    guest_ignores_shutdown = false;
    CHECK(twin_exists(NULL, file_of("work", "private.vhdx")) && !twin_exists(NULL, file_of("work", "root.vhdx")));
}

static void a_failed_start_leaves_nothing_behind(void)
{
    static const char *const steps[] = {"disk", "network", "endpoint", "create", "grant", "plug", "id", "start"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        forget();
        failing = steps[i];
        CHECK(driver_start(&twin, &paths, "work", &err) == HYPERV_FAILED);
        const char *end = "unplug 2.1\n-endpoint 3.4\n-endpoint 3.3\n-network 3.2\n";
        const char *last = NULL;
        for (const char *at = strstr(calls, end); at; at = strstr(at + 1, end))
            last = at;
        CHECK(last && strstr(calls, end) != last); /* once before, once after the failure */
        CHECK(strstr(calls, "terminate 3.1\n") == calls && strstr(calls + 1, "terminate 3.1\n"));
        CHECK(!twin_exists(NULL, file_of("work", "root.vhdx")));
        CHECK(twin_exists(NULL, file_of("work", "private.vhdx")));
    }
    forget();
    failing = "list";
    CHECK(driver_start(&twin, &paths, "work", &err) == HYPERV_FAILED);
    CHECK_TEXT(err.text, "Hyper-V's list of machines cannot be understood");
    failing = "";
}

/* Records a domain's state the way qubes-admin does: in a file beside the data. */
static void record_state(const char *name, const char *state)
{
    char path[QUBES_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s/run", paths.data);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/run/%s.state", paths.data, name);
    FILE *file = fopen(path, "wb");
    CHECK(file && fputs(state, file) >= 0 && fclose(file) == 0);
}

static void drop_state(const char *name)
{
    char path[QUBES_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s/run/%s.state", paths.data, name);
    CHECK(remove(path) == 0);
}

static void templates_keep_their_changes_and_run_alone(void)
{
    forget();
    record_state("work", "running\n");
    CHECK(driver_start(&twin, &paths, "deb", &err) == QUBES_E_IN_USE);
    drop_state("work");
    CHECK(driver_start(&twin, &paths, "deb", &err) == QUBES_OK);
    CHECK(strstr(calls, "disk deb/root.vhdx deb.vhdx\n") != NULL && !strstr(calls, "private"));
    record_state("deb", "running\n");
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_E_IN_USE);
    CHECK_TEXT(err.text, "deb: is this domain's template and runs: stop it first");
    drop_state("deb");
    forget();
    CHECK(driver_stop(&twin, &paths, "deb", &err) == QUBES_OK);
    CHECK(!strstr(calls, "root.vhdx")); /* a template's root is its content */
    forget();
    CHECK(driver_start(&twin, &paths, "work", &err) == QUBES_OK);
    CHECK(strstr(calls, "disk work/root.vhdx deb/root.vhdx\n") != NULL);
    CHECK(strstr(calls, "grant 3.1 deb/root.vhdx\ngrant 3.1 deb.vhdx\n") != NULL);
    CHECK(driver_stop(&twin, &paths, "work", &err) == QUBES_OK);
}

static void a_disposable_keeps_nothing(void)
{
    qubes_domain disposable;
    char expected[256];
    snprintf(FILE_SLOT(""), sizeof files[0], "%s", file_of("dvm", "private.vhdx"));
    CHECK(qubes_domain_create_disposable(&paths, "dvm", &disposable, &err) == QUBES_OK);
    forget();
    CHECK(driver_start(&twin, &paths, disposable.name, &err) == QUBES_OK);
    snprintf(expected, sizeof expected, "disk %s/root.vhdx deb/root.vhdx\ndisk %s/private.vhdx dvm/private.vhdx\n",
             disposable.name, disposable.name);
    CHECK(strstr(calls, expected) != NULL);
    CHECK(!strstr(calls, "endpoint")); /* no netvm, no network */
    forget();
    CHECK(driver_stop(&twin, &paths, disposable.name, &err) == QUBES_OK);
    CHECK(!twin_exists(NULL, file_of(disposable.name, "root.vhdx")));
    CHECK(!twin_exists(NULL, file_of(disposable.name, "private.vhdx")));
    CHECK(twin_exists(NULL, file_of("dvm", "private.vhdx")));
    record_state(disposable.name, "running\n");
    CHECK(driver_start(&twin, &paths, "dvm", &err) == QUBES_E_IN_USE); /* its home is under the disposable's */
    drop_state(disposable.name);
}

static void what_cannot_be_a_machine_is_refused(void)
{
    char *document;
    forget();
    CHECK(driver_start(&twin, &paths, "nosuch", &err) == QUBES_E_NOT_FOUND);
    CHECK(driver_start(&twin, &paths, "dom0", &err) == QUBES_E_INVALID);
    CHECK(driver_stop(&twin, &paths, "nosuch", &err) == QUBES_E_NOT_FOUND);
    create("bare", "StandaloneVM", NULL);
    CHECK(driver_start(&twin, &paths, "bare", &err) == QUBES_E_NOT_FOUND);
    CHECK_TEXT(calls, "");
    CHECK(driver_stop(&twin, &paths, "bare", &err) == QUBES_OK); /* a lost image does not keep it from stopping */
    snprintf(FILE_SLOT(""), sizeof files[0], "%s", file_of("bare", "root.vhdx"));
    CHECK(driver_document(&twin, &paths, "bare", &document, &err) == QUBES_OK);
    CHECK(strstr(document, "bare/root.vhdx") && !strstr(document, "private"));
    free(document);
}

static char listed[256];

static void remember(void *context, const char *name)
{
    (void)context;
    strcat(strcat(listed, name), ";");
}

static void the_list_names_our_running_domains(void)
{
    snprintf(machines[5], sizeof machines[5], "%s", "00000063-7175-4265-8000-000000000001"); /* removed since */
    snprintf(machines[6], sizeof machines[6], "%s", "c08cb7b8-9b3c-408e-8e30-5e16a3aeb444"); /* not ours */
    snprintf(machines[7], sizeof machines[7], "%s", "00000000-7175-4265-8000-000000000001"); /* dom0 is none */
    CHECK(driver_list(&twin, &paths, remember, NULL, &err) == QUBES_OK);
    CHECK_TEXT(listed, "net;");
}

static void services_are_registered_and_removed(void)
{
    forget();
    CHECK(driver_register(&twin, true, &err) == QUBES_OK);
    CHECK(strstr(calls, "register 00000200-facb-11e6-bd58-64006a7986d3 Qubes vchan port 512\n") == calls);
    CHECK(strstr(calls, "register 00001770-facb-11e6-bd58-64006a7986d3 Qubes vchan port 6000\n") != NULL);
    forget();
    CHECK(driver_register(&twin, false, &err) == QUBES_OK);
    CHECK_TEXT(calls, "unregister Qubes vchan port \n");
    failing = "unregister";
    CHECK(driver_register(&twin, false, &err) == HYPERV_FAILED);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    make_domains(argv[1]);
    a_network_domain_gets_disks_and_the_uplink();
    a_client_is_linked_to_its_netvm_alone();
    a_stop_takes_away_all_but_the_persons_data();
    a_failed_start_leaves_nothing_behind();
    templates_keep_their_changes_and_run_alone();
    a_disposable_keeps_nothing();
    what_cannot_be_a_machine_is_refused();
    the_list_names_our_running_domains();
    services_are_registered_and_removed();
    return test_report("driver");
}
