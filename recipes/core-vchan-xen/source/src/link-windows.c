/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the two ends of a channel come together on Windows, and wake each other up: libxenvchan's way, over xeniface. */
#include "link-windows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen-windows.h"

struct link {
    struct link_wish wish;
    struct rings rings;
    HANDLE device;
    HANDLE event; /* the event channel's: fires until somebody has looked */
    bool bound, published;
    uint32_t port;
    struct xen_memory page, left, right;
    struct rings_layout layout;
    /* Memory is shared as long as the thread lives that asked for it, so a thread of the link's own asks. */
    HANDLE keeper, opened, closing;
    int cause; /* why opening failed: an errno */
};

static int errno_of(DWORD error)
{
    switch (error) {
    case ERROR_SUCCESS:
        return 0;
    case ERROR_ACCESS_DENIED:
        return EACCES;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
        return ENOMEM;
    default:
        return EIO;
    }
}

static int open_device(HANDLE *device)
{
    DWORD error = xeniface.open(device);

    if (error == ERROR_SUCCESS)
        return 0;
    return error == ERROR_ACCESS_DENIED ? EACCES : EAFNOSUPPORT;
}

int link_own_domain(int *number)
{
    char text[XEN_VALUE_SIZE];
    HANDLE device;
    int cause = open_device(&device);

    if (cause != 0)
        return cause;
    DWORD error = xen_read(device, "domid", text);
    xeniface.close(device);
    *number = error == ERROR_SUCCESS ? vchan_domain_number(text) : -1;
    return *number < 0 ? EAFNOSUPPORT : 0;
}

/* The names below a channel's path. */
static void name_below(char name[VCHAN_PATH_SIZE + 16], const struct link *link, const char *last)
{
    snprintf(name, VCHAN_PATH_SIZE + 16, "%s/%s", link->wish.path, last);
}

/* ---- A server ---- */

static DWORD permit(struct link *link, uint32_t pages, struct xen_memory *memory, uint32_t *references)
{
    struct xen_farewell none = {0};

    return xen_permit(link->device, link->wish.domain, pages, &none, memory, references);
}

static DWORD publish(struct link *link, const char *last, uint32_t number)
{
    char name[VCHAN_PATH_SIZE + 16], value[16];

    name_below(name, link, last);
    snprintf(value, sizeof(value), "%u", (unsigned)number);
    link->published = true;
    return xen_write(link->device, name, value, link->wish.own, link->wish.domain);
}

static int offer(struct link *link)
{
    struct rings_layout *layout = &link->layout;
    uint32_t reference;
    DWORD error = xen_bind_unbound(link->device, link->wish.domain, link->event, &link->port);

    link->bound = error == ERROR_SUCCESS;
    layout->left_order = link->wish.left_order;
    layout->right_order = link->wish.right_order;
    layout->left_pages = rings_pages(layout->left_order);
    layout->right_pages = rings_pages(layout->right_order);
    if (error == ERROR_SUCCESS)
        error = permit(link, layout->left_pages, &link->left, layout->left_grants);
    if (error == ERROR_SUCCESS)
        error = permit(link, layout->right_pages, &link->right, layout->right_grants);
    if (error == ERROR_SUCCESS) {
        struct xen_farewell farewell = {true, offsetof(struct rings_page, server_lives), link->port};
        error = xen_permit(link->device, link->wish.domain, 1, &farewell, &link->page, &reference);
    }
    if (error != ERROR_SUCCESS)
        return errno_of(error);
    rings_offer(&link->rings, link->page.address, link->left.address, link->right.address, layout);
    error = xen_unmask(link->device, link->port);
    if (error == ERROR_SUCCESS)
        error = publish(link, "ring-ref", reference);
    if (error == ERROR_SUCCESS)
        error = publish(link, "event-channel", link->port);
    return errno_of(error);
}

/* ---- A client ---- */

/* A decimal number and nothing else; false too when there is none. */
static bool look_up(struct link *link, const char *last, uint32_t *number)
{
    char name[VCHAN_PATH_SIZE + 16], text[XEN_VALUE_SIZE], *end;

    name_below(name, link, last);
    if (xen_read(link->device, name, text) != ERROR_SUCCESS || text[0] < '0' || text[0] > '9')
        return false;
    unsigned long long value = strtoull(text, &end, 10);
    *number = (uint32_t)value;
    return *end == '\0' && value <= UINT32_MAX;
}

static DWORD map(struct link *link, uint32_t pages, const uint32_t *references, struct xen_memory *memory)
{
    struct xen_farewell none = {0};

    return pages == 0 ? ERROR_SUCCESS : xen_map(link->device, link->wish.domain, pages, references, &none, memory);
}

/*
 * What a server that has gone left in XenStore leads nowhere, or to something else: then nobody offers the channel.
 * The rings are joined last, so that nothing is written into what is no channel.
 */
static int join(struct link *link)
{
    struct rings_layout *layout = &link->layout;
    uint32_t reference, remote_port;

    if (!look_up(link, "ring-ref", &reference) || !look_up(link, "event-channel", &remote_port))
        return EAGAIN;
    if (xen_bind_interdomain(link->device, link->wish.domain, remote_port, link->event, &link->port) != ERROR_SUCCESS)
        return EAGAIN;
    link->bound = true;
    if (map(link, 1, &reference, &link->page) != ERROR_SUCCESS || !rings_read_layout(link->page.address, layout))
        return EAGAIN;
    /* Once more, now that it is known what it is: with the farewell, which writes into it. */
    struct xen_memory first = link->page;
    struct xen_farewell farewell = {true, offsetof(struct rings_page, client_lives), link->port};
    DWORD error = xen_map(link->device, link->wish.domain, 1, &reference, &farewell, &link->page);
    xen_give_up(link->device, &first);
    if (error == ERROR_SUCCESS)
        error = map(link, layout->left_pages, layout->left_grants, &link->left);
    if (error == ERROR_SUCCESS)
        error = map(link, layout->right_pages, layout->right_grants, &link->right);
    if (error != ERROR_SUCCESS)
        return errno_of(error) == EIO ? EAGAIN : errno_of(error); /* it may have gone just now */
    rings_join(&link->rings, link->page.address, link->left.address, link->right.address, layout);
    error = xen_unmask(link->device, link->port);
    if (error == ERROR_SUCCESS)
        error = xen_notify(link->device, link->port); /* the client has come */
    return errno_of(error);
}

/* ---- Both ---- */

static int open_end(struct link *link)
{
    int cause = open_device(&link->device);

    if (cause != 0)
        return cause;
    link->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (link->event == NULL)
        return ENOMEM;
    return link->wish.is_server ? offer(link) : join(link);
}

/* The page goes after the rings and before the event channel, by which its going is told. */
static void close_end(struct link *link)
{
    if (link->device == NULL)
        return;
    if (link->published)
        xen_remove(link->device, link->wish.path);
    xen_give_up(link->device, &link->left);
    xen_give_up(link->device, &link->right);
    xen_give_up(link->device, &link->page);
    if (link->bound)
        xen_close_port(link->device, link->port);
    xeniface.close(link->device);
    if (link->event != NULL)
        CloseHandle(link->event);
}

static DWORD WINAPI keep(void *context)
{
    struct link *link = context;

    link->cause = open_end(link);
    SetEvent(link->opened);
    if (link->cause == 0)
        WaitForSingleObject(link->closing, INFINITE);
    close_end(link);
    return 0;
}

static void free_link(struct link *link)
{
    HANDLE handles[] = {link->keeper, link->opened, link->closing, link->wish.claim};

    for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
        if (handles[i] != NULL)
            CloseHandle(handles[i]);
    free(link);
}

int link_open(const struct link_wish *wish, struct rings *rings, struct link **opened)
{
    struct link *link = calloc(1, sizeof(*link));

    if (link == NULL) {
        if (wish->claim != NULL)
            CloseHandle(wish->claim);
        return ENOMEM;
    }
    link->wish = *wish;
    link->opened = CreateEventW(NULL, TRUE, FALSE, NULL);
    link->closing = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (link->opened != NULL && link->closing != NULL)
        link->keeper = CreateThread(NULL, 0, keep, link, 0, NULL);
    if (link->keeper == NULL) {
        free_link(link);
        return ENOMEM;
    }
    WaitForSingleObject(link->opened, INFINITE);
    if (link->cause != 0) {
        int cause = link->cause;
        WaitForSingleObject(link->keeper, INFINITE);
        free_link(link);
        return cause;
    }
    *rings = link->rings;
    *opened = link;
    return 0;
}

void link_close(struct link *link)
{
    SetEvent(link->closing);
    WaitForSingleObject(link->keeper, INFINITE);
    free_link(link);
}

void link_notify(struct link *link)
{
    xen_notify(link->device, link->port);
}

int link_wait(struct link *link, int timeout_ms)
{
    DWORD answer = WaitForSingleObject(link->event, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms);

    if (answer == WAIT_OBJECT_0)
        ResetEvent(link->event);
    if (answer == WAIT_FAILED)
        return -1;
    return answer == WAIT_OBJECT_0;
}

libvchan_fd link_handle(struct link *link)
{
    return link->event;
}

unsigned long long link_now(void)
{
    return GetTickCount64();
}
