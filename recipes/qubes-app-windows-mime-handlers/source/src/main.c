/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qubes-open: its command line. */
#include <stdio.h>
#include <string.h>

#include "open.h"
#include "os.h"
#include "request.h"

static const char usage[] =
    "usage: qubes-open [--view-only] [--quiet] [--] FILE-OR-URL\n"
    "       qubes-open --register [--machine] | --unregister [--machine]\n"
    "Opens a document or link in the domain that the qrexec policy names (qubes.OpenInVM, qubes.OpenURL).\n"
    "--view-only: the domain's changes are not taken back. --quiet: no box on failure.\n"
    "exit codes: 0 done, 1 system error, 2 usage, 3 no such file, 5 not opened (a bad link, path or answer),\n"
    "            6 changed meanwhile, 8 denied, 10 the domain or qrexec is not available\n";

typedef struct options {
    bool view_only, quiet, add, remove, machine;
    const char *what;
} options;

static bool parse(int argc, char **argv, options *out)
{
    bool operands = false;
    memset(out, 0, sizeof *out);
    for (int i = 1; i < argc; i++) {
        if (operands || argv[i][0] != '-') {
            if (out->what)
                return false;
            out->what = argv[i];
        } else if (strcmp(argv[i], "--") == 0)
            operands = true;
        else if (strcmp(argv[i], "--view-only") == 0)
            out->view_only = true;
        else if (strcmp(argv[i], "--quiet") == 0)
            out->quiet = true;
        else if (strcmp(argv[i], "--register") == 0)
            out->add = true;
        else if (strcmp(argv[i], "--unregister") == 0)
            out->remove = true;
        else if (strcmp(argv[i], "--machine") == 0)
            out->machine = true;
        else
            return false;
    }
    int verbs = (out->what != NULL) + out->add + out->remove;
    return verbs == 1 && (!out->machine || !out->what) && (!out->view_only || out->what);
}

/* The admin domain has a client of its own; every other domain has the agent's. */
static qubes_status find_client(const qubes_paths *paths, char client[QUBES_PATH_MAX], qubes_error *err)
{
    static const char *const names[] = {OS_ADMIN_CLIENT, OS_CLIENT};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int length = snprintf(client, QUBES_PATH_MAX, "%s%c%s", paths->install, OS_SEPARATOR, names[i]);
        os_version version;

        if (length < 0 || length >= QUBES_PATH_MAX) {
            snprintf(err->text, sizeof err->text, "The installation's path is too long.");
            return err->status = QUBES_E_SYSTEM;
        }
        if (os_file_version(client, &version))
            return QUBES_OK;
    }
    return QUBES_OK; /* starting the last one says what is missing */
}

static qubes_status act(const char *self, const options *how, qubes_error *err)
{
    qubes_paths paths;
    char client[QUBES_PATH_MAX];
    if (how->add || how->remove)
        return os_register(self, how->add, how->machine, err);
    qubes_status status = qubes_paths_find(&paths, err);
    if (status != QUBES_OK)
        return status;
    status = find_client(&paths, client, err);
    if (status != QUBES_OK)
        return status;
    if (request_has_scheme(how->what))
        return open_url(client, how->what, err);
    return open_file(client, how->what, how->view_only, err);
}

int open_main(const char *self, int argc, char **argv)
{
    options how;
    qubes_error err = {QUBES_OK, ""};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(argc, argv, &how)) {
        os_tell(usage, how.quiet);
        return QUBES_E_USAGE;
    }
    qubes_status status = act(self, &how, &err);
    if (status != QUBES_OK)
        os_tell(err.text, how.quiet);
    return (int)status;
}
