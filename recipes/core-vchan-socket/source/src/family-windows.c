/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stream sockets of any address family on Windows, as handles for overlapped I/O. */
#include <winsock2.h>

#include <errno.h>
#include <stdlib.h>

#include "vchan-stream.h"

#define CONNECT_MOST_MS 2000
#define BACKLOG 4

struct family_listener {
    struct vchan_listener base;
    SOCKET socket;
    int domain;
    bool (*welcome)(int domain, const void *address, size_t size);
};

static void close_socket(vchan_handle handle)
{
    closesocket((SOCKET)handle);
}

/* Sets errno from what Winsock says, which keeps its own word for GetLastError. */
static void explain_winsock(int cause)
{
    switch (cause) {
    case WSAEAFNOSUPPORT:
    case WSAEPROTONOSUPPORT:
    case WSAESOCKTNOSUPPORT:
        errno = EAFNOSUPPORT;
        break;
    case WSAEADDRINUSE:
        errno = EADDRINUSE;
        break;
    case WSAEADDRNOTAVAIL:
        errno = EADDRNOTAVAIL;
        break;
    case WSAEACCES:
        errno = EACCES;
        break;
    default:
        errno = EIO;
    }
    WSASetLastError(cause);
}

static SOCKET open_socket(const struct vchan_family_address *where)
{
    static bool started;
    WSADATA data;

    if (!started && WSAStartup(MAKEWORD(2, 2), &data) == 0)
        started = true;
    return WSASocketW(where->family, SOCK_STREAM, where->protocol, NULL, 0,
                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
}

static void set_blocking(SOCKET socket, bool blocking)
{
    u_long flag = !blocking;

    ioctlsocket(socket, FIONBIO, &flag);
}

static int family_accept(struct vchan_listener *base, struct vchan_peer *peer)
{
    struct family_listener *listener = (struct family_listener *)base;
    SOCKADDR_STORAGE address;
    WSANETWORKEVENTS events;
    int size = sizeof(address);
    SOCKET socket = accept(listener->socket, (struct sockaddr *)&address, &size);

    if (socket == INVALID_SOCKET) {
        int cause = WSAGetLastError();
        if (cause == WSAEWOULDBLOCK || cause == WSAECONNRESET) {
            WSAEnumNetworkEvents(listener->socket, base->ready, &events); /* resets the event */
            return 0;
        }
        explain_winsock(cause);
        return -1;
    }
    /* It inherited the listener's event and with it the mode, neither of which overlapped I/O wants. */
    WSAEventSelect(socket, NULL, 0);
    set_blocking(socket, true);
    if (!listener->welcome(listener->domain, &address, (size_t)size)) {
        closesocket(socket);
        return 0;
    }
    peer->handle = (HANDLE)socket;
    peer->is_socket = true;
    peer->close = close_socket;
    return 1;
}

static void family_close(struct vchan_listener *base)
{
    struct family_listener *listener = (struct family_listener *)base;

    if (listener->socket != INVALID_SOCKET)
        closesocket(listener->socket);
    CloseHandle(base->ready);
    free(listener);
}

struct vchan_listener *vchan_family_listen(const struct vchan_family_address *where, int domain,
                                           bool (*welcome)(int domain, const void *address, size_t size))
{
    struct family_listener *listener = calloc(1, sizeof(*listener));
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    if (listener == NULL || event == NULL) {
        free(listener);
        errno = ENOMEM;
        return NULL;
    }
    listener->domain = domain;
    listener->welcome = welcome;
    listener->base.ready = event;
    listener->base.accept = family_accept;
    listener->base.close = family_close;
    listener->socket = open_socket(where);
    if (listener->socket == INVALID_SOCKET ||
        bind(listener->socket, (const struct sockaddr *)where->bytes, (int)where->size) != 0 ||
        listen(listener->socket, BACKLOG) != 0 ||
        WSAEventSelect(listener->socket, event, FD_ACCEPT) != 0) {
        int cause = WSAGetLastError();
        family_close(&listener->base);
        explain_winsock(cause);
        return NULL;
    }
    return &listener->base;
}

/* Waits for a connection that is being made; its outcome as a Winsock error. */
static int await_connection(SOCKET socket)
{
    struct timeval most = {CONNECT_MOST_MS / 1000, 0};
    fd_set made, failed;
    int cause = WSAETIMEDOUT, size = sizeof(cause);

    FD_ZERO(&made);
    FD_ZERO(&failed);
    FD_SET(socket, &made);
    FD_SET(socket, &failed);
    if (select(0, NULL, &made, &failed, &most) > 0)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&cause, &size);
    return cause;
}

int vchan_family_connect(const struct vchan_family_address *where, struct vchan_peer *peer)
{
    SOCKET socket = open_socket(where);
    int cause = 0;

    if (socket == INVALID_SOCKET) {
        explain_winsock(WSAGetLastError());
        return -1;
    }
    set_blocking(socket, false);
    if (connect(socket, (const struct sockaddr *)where->bytes, (int)where->size) != 0) {
        cause = WSAGetLastError();
        if (cause == WSAEWOULDBLOCK)
            cause = await_connection(socket);
    }
    if (cause == 0) {
        set_blocking(socket, true);
        peer->handle = (HANDLE)socket;
        peer->is_socket = true;
        peer->close = close_socket;
        return 1;
    }
    closesocket(socket);
    explain_winsock(cause);
    switch (cause) {
    case WSAECONNREFUSED: /* nobody listens, or the other machine is not up (yet) */
    case WSAECONNRESET:
    case WSAETIMEDOUT:
    case WSAEHOSTUNREACH:
    case WSAENETUNREACH:
    case WSAEHOSTDOWN:
        return 0;
    default:
        return -1;
    }
}
