/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provider "xen" on Windows: libxenvchan's rings over the driver xeniface. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "channel.h"
#include "link-windows.h"
#include "vchan-stream.h"

static int explain(int cause)
{
    if (cause == EAFNOSUPPORT)
        vchan_explain("vchan-xen", "no device of the driver xeniface: this is no Xen domain, or the Xen Project's "
                                   "drivers for Windows are not installed (on the admin domain: "
                                   "qubes-windows-pvdrivers)");
    else if (cause == EACCES)
        vchan_explain("vchan-xen", "the driver xeniface does not let this user talk to other domains");
    return cause;
}

/*
 * Keeps the port for this process as long as it lives; a second server would take the first one's place in XenStore.
 * NULL with EADDRINUSE when another process has it.
 */
static HANDLE claim_port(int own, int domain, int port)
{
    wchar_t name[64];

    _snwprintf(name, sizeof(name) / sizeof(name[0]), L"Global\\vchan-xen-%d-%d-%d", own, domain, port);
    HANDLE held = CreateMutexW(NULL, FALSE, name);
    if (held != NULL && GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(held);
        held = NULL;
    }
    if (held == NULL)
        errno = EADDRINUSE;
    return held;
}

libvchan_t *libvchan_server_init(int domain, int port, size_t read_min, size_t write_min)
{
    struct link_wish wish = {.is_server = true, .domain = domain};
    struct rings rings;
    struct link *link;

    if (!vchan_server_path(wish.path, domain, port))
        return NULL;
    wish.left_order = rings_order(read_min);
    wish.right_order = rings_order(write_min);
    if (wish.left_order == 0 || wish.right_order == 0) {
        errno = ENOMEM;
        return NULL;
    }
    int cause = link_own_domain(&wish.own);
    if (cause != 0) {
        errno = explain(cause);
        return NULL;
    }
    wish.claim = claim_port(wish.own, domain, port);
    if (wish.claim == NULL)
        return NULL;
    cause = link_open(&wish, &rings, &link);
    if (cause == 0)
        return channel_open(&rings, link);
    errno = explain(cause);
    return NULL;
}

struct attempt {
    const struct link_wish *wish;
    struct rings rings;
    struct link *link;
};

static int attempt_once(void *context, struct vchan_peer *peer)
{
    struct attempt *attempt = context;
    int cause = link_open(attempt->wish, &attempt->rings, &attempt->link);

    (void)peer; /* shared memory has no handle */
    if (cause == 0)
        return 1;
    errno = cause;
    return cause == EAGAIN ? 0 : -1;
}

libvchan_t *libvchan_client_init(int domain, int port)
{
    struct link_wish wish = {.domain = domain};
    struct attempt attempt = {.wish = &wish};
    struct vchan_peer nobody;

    if (!vchan_client_path(wish.path, domain, 0, port))
        return NULL;
    int cause = link_own_domain(&wish.own);
    if (cause != 0) {
        errno = explain(cause);
        return NULL;
    }
    vchan_client_path(wish.path, domain, wish.own, port);
    if (vchan_connect_patiently(attempt_once, &attempt, &nobody) < 0)
        return NULL;
    return channel_open(&attempt.rings, attempt.link);
}
