/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-gui-daemons: has a GUI daemon for each domain that runs, as long as this desktop is there. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xlib.h>

#include "daemons.h"

#define LOOK_MS 1000 /* between two looks at the domains */

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static long start(void *context, const qubes_domain *domain)
{
    char id[16], colour[16];
    pid_t parent = getpid(), pid;

    (void)context;
    snprintf(id, sizeof id, "%u", (unsigned)domain->id);
    snprintf(colour, sizeof colour, "0x%06x", (unsigned)domain->label->rgb);
    pid = fork();
    if (pid != 0)
        return pid;
    /* The daemon ends with this program, however that ends. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent)
        execlp("qubes-guid", "qubes-guid", "--domain", domain->name, "--domid", id, "--color", colour, (char *)NULL);
    perror("qubes-gui-daemons: qubes-guid");
    _exit(127);
}

static void end(void *context, long pid)
{
    (void)context;
    kill((pid_t)pid, SIGTERM);
}

static void reap(struct daemons *all)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        daemons_ended(all, pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1, now());
}

/* A damaged domain file is told once, and may be mended: until then everything stays as it is. */
static void look(const qubes_paths *paths, struct daemons *all, const struct daemons_ops *ops)
{
    static qubes_error told;
    qubes_domain_list domains;
    qubes_error error;

    if (qubes_domain_list_load(paths, &domains, &error) != QUBES_OK) {
        if (strcmp(error.text, told.text) != 0)
            fprintf(stderr, "qubes-gui-daemons: %s\n", error.text);
        told = error;
        return;
    }
    told.text[0] = '\0';
    daemons_update(all, &domains, now(), ops);
    qubes_domain_list_free(&domains);
}

/* Nothing is asked of the X server; it only says by its end that the desktop is gone (Xlib then ends this program). */
static void rest(Display *display)
{
    struct pollfd server = {.fd = ConnectionNumber(display), .events = POLLIN};

    if (poll(&server, 1, LOOK_MS) <= 0)
        return;
    while (XPending(display) > 0) {
        XEvent event;
        XNextEvent(display, &event);
    }
}

static int desktop_is_gone(Display *display)
{
    (void)display;
    exit(0);
}

int main(int argc, char **argv)
{
    static struct daemons all;
    const struct daemons_ops ops = {start, end, NULL};
    qubes_paths paths;
    qubes_error error;

    if (argc != 1) {
        fprintf(stderr, "usage: %s\nHas a GUI daemon for each domain that runs, until the X server ends.\n", argv[0]);
        return QUBES_E_USAGE;
    }
    if (qubes_paths_find(&paths, &error) != QUBES_OK) {
        fprintf(stderr, "qubes-gui-daemons: %s\n", error.text);
        return (int)error.status;
    }
    Display *display = XOpenDisplay(NULL);
    if (display == NULL) {
        fprintf(stderr, "qubes-gui-daemons: no X server (DISPLAY=%s)\n", XDisplayName(NULL));
        return QUBES_E_SYSTEM;
    }
    XSetIOErrorHandler(desktop_is_gone);
    for (;;) {
        reap(&all);
        look(&paths, &all, &ops);
        rest(display);
    }
}
