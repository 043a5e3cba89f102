/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apt's method for qubes+http: and qubes+https:, whose files the update domain downloads. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "call.h"
#include "order.h"

#define SERVICE "qubes.DownloadUpdate"
#define CONFIGURATION "/etc/qubes/dom0-updates.conf"
#define DOMAIN_MAX 64
/* Of what apt knows no size, which is signed metadata: Debian's largest InRelease has 0.3 MB. */
#define UNKNOWN_MOST (16u << 20)
/* The domain first downloads the whole file. */
#define SECONDS 600

/* "domain = NAME" of the configuration; names are the admin domain's own, so qrexec-client checks them. */
static bool find_domain(char out[DOMAIN_MAX])
{
    const char *path = getenv("QUBES_DOM0_UPDATES_CONF");
    char line[256];
    bool found = false;
    FILE *file = fopen(path ? path : CONFIGURATION, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, " domain = %63[A-Za-z0-9_-]", out) == 1 && out[0] != '-';
    if (file)
        fclose(file);
    return found;
}

/* Fetches into the file; false with an explanation. */
static bool fetch(const char *domain, const char *address, const order *what, uint64_t *size, char why[256])
{
    const char *argv[] = {"qrexec-client", domain, SERVICE, NULL};
    uint64_t most = what->most ? what->most : UNKNOWN_MOST;
    call asked;
    /* Not through a link, and nobody else's file; apt looks at what is in it. */
    if (unlink(what->path) != 0 && errno != ENOENT) {
        snprintf(why, 256, "%.200s: %s", what->path, strerror(errno));
        return false;
    }
    int file = open(what->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0) {
        snprintf(why, 256, "%.200s: %s", what->path, strerror(errno));
        return false;
    }
    if (!call_start(argv, &asked)) {
        snprintf(why, 256, "qrexec-client: %s", strerror(errno));
        close(file);
        return false;
    }
    bool good = dprintf(asked.input, "%s\n%" PRIu64 "\n", address, most) > 0;
    close(asked.input);
    asked.input = -1;
    if (!good)
        snprintf(why, 256, "the update domain takes no request; is it there, and does the policy allow the call?");
    good = good && answer_receive(asked.output, file, most, SECONDS, size, why);
    call_end(&asked);
    if (close(file) != 0 && good) {
        snprintf(why, 256, "%.200s: %s", what->path, strerror(errno));
        good = false;
    }
    if (!good)
        unlink(what->path); /* apt would go on where this stopped, with bytes that nobody vouches for */
    return good;
}

static void acquire(const order *what)
{
    char domain[DOMAIN_MAX], hash[65], why[256] = "";
    uint64_t size = 0;
    const char *address = order_address(what->uri);
    bool good = false;
    if (!address)
        snprintf(why, sizeof why, "not an address that an update domain is asked for");
    else if (!find_domain(domain))
        snprintf(why, sizeof why, "no update domain is named in " CONFIGURATION);
    else {
        printf("102 Status\nURI: %s\nMessage: Waiting for %s\n\n", what->uri, domain);
        fflush(stdout);
        good = fetch(domain, address, what, &size, why);
    }
    if (good && !call_sha256(what->path, hash)) {
        snprintf(why, sizeof why, "sha256sum does not work");
        good = false;
    }
    if (good)
        printf("200 URI Start\nURI: %s\nSize: %" PRIu64 "\n\n"
               "201 URI Done\nURI: %s\nFilename: %s\nSize: %" PRIu64 "\nSHA256-Hash: %s\n\n",
               what->uri, size, what->uri, what->path, size, hash);
    else
        printf("400 URI Failure\nURI: %s\nMessage: %s\nTransient-Failure: false\n\n", what->uri, why);
    fflush(stdout);
}

int main(void)
{
    order what;
    order_result result;
    signal(SIGPIPE, SIG_IGN);
    puts("100 Capabilities\nVersion: 1.2\nSingle-Instance: true\n");
    fflush(stdout);
    while ((result = order_take(stdin, &what)) == ORDER_TAKEN)
        if (what.code == 600)
            acquire(&what);
    if (result == ORDER_BROKEN) {
        puts("401 General Failure\nMessage: apt's order cannot be understood\n");
        fflush(stdout);
        return 100;
    }
    return 0;
}
