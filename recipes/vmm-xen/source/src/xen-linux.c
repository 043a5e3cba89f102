/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The port of Xen by libxenlight, the library that xl is made of: unlike xl it lets a domain's number be chosen,
 * and takes values instead of a configuration file, so no property of a domain is ever read as syntax.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define LIBXL_API_VERSION 0x041400
#include <libxl.h>
#include <libxl_utils.h>
#include <xenstore.h>

#include "volumes-linux.h"
#include "xen.h"

#define AGENT_PORT 512 /* qrexec's */
#define HOTPLUG "/usr/lib/qubes/vmm-xen-hotplug" /* this program, see hotplug-linux.h */

/* The library's logger: its first error is the cause, the others follow from it. */
struct log {
    xentoollog_logger functions;
    char first[200];
};

static void note(xentoollog_logger *logger, xentoollog_level level, int code, const char *context, const char *format,
                 va_list arguments)
{
    struct log *log = (struct log *)logger;
    (void)context;
    if (level < XTL_ERROR || log->first[0])
        return;
    int length = vsnprintf(log->first, sizeof log->first, format, arguments);
    if (code > 0 && length > 0 && (size_t)length < sizeof log->first)
        snprintf(log->first + length, sizeof log->first - (size_t)length, ": %s", strerror(code));
    log->first[strcspn(log->first, "\n")] = '\0';
}

static void forget(xentoollog_logger *logger)
{
    (void)logger;
}

static struct log messages = {{note, NULL, forget}, ""};

static qubes_status fail(qubes_error *err, qubes_status status, const char *what)
{
    snprintf(err->text, sizeof err->text, "%s%s%s", what, messages.first[0] ? ": " : "", messages.first);
    return err->status = status;
}

/* One for the whole process; NULL without Xen. */
static libxl_ctx *library(void)
{
    static libxl_ctx *context;
    messages.first[0] = '\0';
    /* The library keeps a number from being used again for a minute; here it belongs to the same domain. */
    if (!context && (setenv("LIBXL_DOMID_REUSE_TIMEOUT", "0", 1) != 0 ||
                     libxl_ctx_alloc(&context, LIBXL_VERSION, 0, &messages.functions) != 0))
        context = NULL;
    return context;
}

static qubes_status check(void *context, qubes_error *err)
{
    (void)context;
    if (access("/proc/xen/capabilities", R_OK) != 0 && access("/sys/hypervisor/uuid", R_OK) != 0)
        return fail(err, XEN_ABSENT, "Xen does not run here");
    if (geteuid() != 0)
        return fail(err, XEN_ABSENT, "only root of the admin domain may speak with Xen");
    return library() ? QUBES_OK : fail(err, XEN_ABSENT, "Xen's library does not start");
}

static bool has_pvh(void *context)
{
    libxl_ctx *xl = library();
    libxl_physinfo info;
    (void)context;
    libxl_physinfo_init(&info);
    bool has = !xl || libxl_get_physinfo(xl, &info) != 0 || info.cap_hvm;
    libxl_physinfo_dispose(&info);
    return has;
}

/* ---- A machine ---- */

static char *text(const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        abort(); /* as libxenlight itself does */
    return copy;
}

static void describe(libxl_ctx *xl, const xen_request *request, const xen_instance *instance, libxl_domain_config *out)
{
    const plan *from = request->from;
    libxl_domain_type type = from->pv ? LIBXL_DOMAIN_TYPE_PV : LIBXL_DOMAIN_TYPE_PVH;
    uint64_t memory = (uint64_t)from->domain.memory_mb * 1024;

    out->c_info.type = type;
    out->c_info.name = text(from->domain.name);
    out->c_info.domid = from->domain.id;
    memcpy(out->c_info.uuid.uuid, instance->bytes, sizeof instance->bytes);
    libxl_defbool_set(&out->c_info.run_hotplug_scripts, true);

    libxl_domain_build_info_init_type(&out->b_info, type);
    out->b_info.max_vcpus = (int)from->domain.vcpus;
    libxl_cpu_bitmap_alloc(xl, &out->b_info.avail_vcpus, (int)from->domain.vcpus);
    libxl_bitmap_set_any(&out->b_info.avail_vcpus);
    /* Fixed: memory that comes and goes would tell domains about each other. */
    out->b_info.max_memkb = out->b_info.target_memkb = memory;
    libxl_defbool_set(&out->b_info.disable_migrate, true);
    libxl_defbool_set(&out->b_info.nested_hvm, false);
    out->b_info.max_grant_version = 1; /* the second version has had holes, and Linux needs only the first */
    out->b_info.kernel = text(from->kernel);
    if (from->ramdisk[0])
        out->b_info.ramdisk = text(from->ramdisk);
    if (request->command_line[0])
        out->b_info.cmdline = text(request->command_line);
}

static void describe_disks(const xen_request *request, libxl_domain_config *out)
{
    const plan *from = request->from;
    out->disks = calloc(from->volume_count, sizeof *out->disks);
    if (!out->disks)
        abort();
    out->num_disks = (int)from->volume_count;
    for (size_t i = 0; i < from->volume_count; i++) {
        libxl_device_disk *disk = &out->disks[i];
        libxl_device_disk_init(disk);
        disk->pdev_path = text(request->devices[i]);
        disk->vdev = text(from->volumes[i].device);
        disk->backend = LIBXL_DISK_BACKEND_PHY;
        disk->format = LIBXL_DISK_FORMAT_RAW;
        disk->readwrite = from->volumes[i].writable;
        disk->script = text(HOTPLUG);
    }
}

static qubes_status create(void *context, const xen_request *request, xen_instance *instance, qubes_error *err)
{
    libxl_ctx *xl = library();
    libxl_domain_config config;
    uint32_t made = 0;
    (void)context;
    if (getrandom(instance->bytes, sizeof instance->bytes, 0) != sizeof instance->bytes)
        return fail(err, QUBES_E_SYSTEM, "no random numbers");
    libxl_domain_config_init(&config);
    describe(xl, request, instance, &config);
    describe_disks(request, &config);
    int code = libxl_domain_create_new(xl, &config, &made, NULL, NULL);
    libxl_domain_config_dispose(&config);
    if (code != 0)
        return fail(err, XEN_FAILED, "Xen does not make the domain");
    code = libxl_domain_unpause(xl, made, NULL);
    if (code == 0 && made == request->from->domain.id)
        return QUBES_OK;
    fail(err, XEN_FAILED, code != 0 ? "Xen does not start the domain" : "Xen gave the domain another number");
    libxl_domain_destroy(xl, made, NULL);
    return err->status;
}

static qubes_status state(void *context, uint32_t domain, xen_state *state, xen_instance *instance, qubes_error *err)
{
    libxl_ctx *xl = library();
    libxl_dominfo info;
    (void)context;
    libxl_dominfo_init(&info);
    int code = libxl_domain_info(xl, &info, domain);
    *state = code == ERROR_DOMAIN_NOTFOUND ? XEN_NOT_THERE
             : info.dying                  ? XEN_DYING
             : info.shutdown               ? XEN_ENDED
                                           : XEN_RUNNING;
    memcpy(instance->bytes, info.uuid.uuid, sizeof instance->bytes);
    libxl_dominfo_dispose(&info);
    return code == 0 || code == ERROR_DOMAIN_NOTFOUND ? QUBES_OK
                                                      : fail(err, XEN_FAILED, "Xen does not say what runs");
}

static qubes_status ask_to_shut_down(void *context, uint32_t domain, qubes_error *err)
{
    (void)context;
    return libxl_domain_shutdown(library(), domain, NULL) == 0
               ? QUBES_OK
               : fail(err, XEN_FAILED, "the domain cannot be asked to shut down");
}

static qubes_status destroy(void *context, uint32_t domain, qubes_error *err)
{
    (void)context;
    int code = libxl_domain_destroy(library(), domain, NULL);
    return code == 0 || code == ERROR_DOMAIN_NOTFOUND ? QUBES_OK
                                                      : fail(err, XEN_FAILED, "Xen does not destroy the domain");
}

static qubes_status each(void *context, void (*visit)(void *to, uint32_t domain, const char *name), void *to,
                         qubes_error *err)
{
    libxl_ctx *xl = library();
    int count = 0;
    (void)context;
    libxl_dominfo *list = libxl_list_domain(xl, &count);
    if (!list)
        return fail(err, XEN_FAILED, "Xen does not say what runs");
    for (int i = 0; i < count; i++) {
        char *name = list[i].dying || list[i].shutdown ? NULL : libxl_domid_to_name(xl, list[i].domid);
        if (name)
            visit(to, list[i].domid, name);
        free(name);
    }
    libxl_dominfo_list_free(list, count);
    return QUBES_OK;
}

/* The agent's end of its channel with domain 0, in the layout of libxenvchan. */
static bool has_agent(void *context, uint32_t domain)
{
    static struct xs_handle *store;
    char path[96];
    unsigned size;
    (void)context;
    if (!store && !(store = xs_open(0)))
        return false;
    snprintf(path, sizeof path, "/local/domain/%u/data/vchan/0/%d/ring-ref", (unsigned)domain, AGENT_PORT);
    char *value = xs_read(store, XBT_NULL, path, &size);
    free(value);
    return value != NULL;
}

/* ---- Processes ---- */

/* A session of its own without the caller's streams, so that nobody waits for it. */
static qubes_status watch(void *context, const char *name, const xen_instance *instance, qubes_error *err)
{
    char uuid[sizeof instance->bytes * 2 + 1];
    (void)context;
    for (size_t i = 0; i < sizeof instance->bytes; i++)
        snprintf(uuid + 2 * i, 3, "%02x", instance->bytes[i]);
    pid_t child = fork();
    if (child < 0) {
        snprintf(err->text, sizeof err->text, "no process can be started: %s", strerror(errno));
        return err->status = QUBES_E_SYSTEM;
    }
    if (child > 0)
        return QUBES_OK;
    int nothing = open("/dev/null", O_RDWR);
    if (setsid() < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0 ||
        chdir("/") != 0 || close_range(3, ~0u, 0) != 0)
        _exit(1);
    execl("/proc/self/exe", "qubes-vmm-xen", "watch", name, uuid, (char *)NULL);
    _exit(1);
}

static void wait_for(void *context, unsigned milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000L};
    (void)context;
    nanosleep(&time, NULL);
}

static unsigned long long now(void *context)
{
    struct timespec time;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (unsigned long long)time.tv_sec * 1000 + (unsigned long long)time.tv_nsec / 1000000;
}

const xen *xen_system(void)
{
    static const xen real = {
        .check = check,
        .has_pvh = has_pvh,
        .lock = volumes_lock,
        .unlock = volumes_unlock,
        .exists = volumes_exists,
        .read_text = volumes_read_text,
        .copy_file = volumes_copy_file,
        .new_file = volumes_new_file,
        .remove_file = volumes_remove_file,
        .open_volume = volumes_open,
        .close_volume = volumes_close,
        .create = create,
        .state = state,
        .ask_to_shut_down = ask_to_shut_down,
        .destroy = destroy,
        .has_agent = has_agent,
        .each = each,
        .watch = watch,
        .wait = wait_for,
        .now = now,
    };

    return &real;
}
