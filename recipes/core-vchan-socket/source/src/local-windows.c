/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Local endpoints on Windows: named pipes with a DACL, for this machine only. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "vchan-stream.h"

#include <sddl.h>

#define PIPE_BUFFER 65536
#define SDDL_SIZE 512
#define PATH_SIZE 300

/*
 * What a client needs, without the right to create another instance of the pipe and so to play its
 * server; that right is the one bit of GENERIC_WRITE that a pipe names differently from a file.
 */
#define CLIENT_RIGHTS (FILE_GENERIC_READ | (FILE_GENERIC_WRITE & ~FILE_CREATE_PIPE_INSTANCE))

struct local_listener {
    struct vchan_listener base;
    enum vchan_access access;
    bool one_peer;
    HANDLE pipe; /* the instance that waits for a client */
    OVERLAPPED connect;
    wchar_t path[PATH_SIZE];
};

static void close_pipe(vchan_handle pipe)
{
    CloseHandle(pipe);
}

static bool fill_path(wchar_t path[PATH_SIZE], const char *name)
{
    wchar_t wide[256];

    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, wide, 256) == 0 ||
        wcspbrk(wide, L"\\/") != NULL) {
        errno = EINVAL;
        return false;
    }
    swprintf(path, PATH_SIZE, L"\\\\.\\pipe\\%ls", wide);
    return true;
}

/* The user of this process as text; the caller frees it with LocalFree. */
static wchar_t *own_sid(void)
{
    union {
        TOKEN_USER user;
        unsigned char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } buffer;
    HANDLE token = NULL;
    DWORD size = 0;
    wchar_t *text = NULL;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    if (GetTokenInformation(token, TokenUser, &buffer, sizeof(buffer), &size))
        ConvertSidToStringSidW(buffer.user.User.Sid, &text);
    CloseHandle(token);
    return text;
}

/* System, administrators and the listening user may do everything; IU is whoever is logged on. */
static PSECURITY_DESCRIPTOR descriptor_for(enum vchan_access access)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    wchar_t text[SDDL_SIZE], users[64] = L"";
    wchar_t *owner = own_sid();

    if (owner == NULL)
        return NULL;
    if (access == VCHAN_ACCESS_USERS)
        swprintf(users, 64, L"(A;;0x%lx;;;IU)", (unsigned long)CLIENT_RIGHTS);
    swprintf(text, SDDL_SIZE, L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%ls)%ls", owner, users);
    LocalFree(owner);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL))
        return NULL;
    return descriptor;
}

static bool listen_again(struct local_listener *listener, bool first)
{
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), descriptor_for(listener->access), FALSE};

    if (attributes.lpSecurityDescriptor == NULL) {
        errno = EACCES;
        return false;
    }
    listener->pipe = CreateNamedPipeW(
        listener->path, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        listener->one_peer ? 1 : PIPE_UNLIMITED_INSTANCES, PIPE_BUFFER, PIPE_BUFFER, 0, &attributes);
    DWORD cause = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (listener->pipe == INVALID_HANDLE_VALUE) {
        errno = cause == ERROR_ACCESS_DENIED || cause == ERROR_PIPE_BUSY ? EADDRINUSE : EIO;
        return false;
    }
    ResetEvent(listener->base.ready);
    listener->connect = (OVERLAPPED){.hEvent = listener->base.ready};
    if (ConnectNamedPipe(listener->pipe, &listener->connect) || GetLastError() == ERROR_PIPE_CONNECTED)
        SetEvent(listener->base.ready);
    else if (GetLastError() != ERROR_IO_PENDING) {
        CloseHandle(listener->pipe);
        listener->pipe = INVALID_HANDLE_VALUE;
        errno = EIO;
        return false;
    }
    return true;
}

static int local_accept(struct vchan_listener *base, struct vchan_peer *peer)
{
    struct local_listener *listener = (struct local_listener *)base;
    DWORD ignored;

    if (listener->pipe == INVALID_HANDLE_VALUE && !listen_again(listener, false))
        return -1;
    if (WaitForSingleObject(base->ready, 0) != WAIT_OBJECT_0)
        return 0;
    /* A client that is already gone again counts as come: its stream then ends at once. */
    GetOverlappedResult(listener->pipe, &listener->connect, &ignored, FALSE);
    peer->handle = listener->pipe;
    peer->is_socket = false;
    peer->close = close_pipe;
    listener->pipe = INVALID_HANDLE_VALUE;
    if (!listener->one_peer)
        listen_again(listener, false); /* else the next call tries again and reports */
    return 1;
}

static void local_close(struct vchan_listener *base)
{
    struct local_listener *listener = (struct local_listener *)base;
    DWORD ignored;

    if (listener->pipe != INVALID_HANDLE_VALUE) {
        if (CancelIoEx(listener->pipe, &listener->connect))
            GetOverlappedResult(listener->pipe, &listener->connect, &ignored, TRUE);
        CloseHandle(listener->pipe);
    }
    CloseHandle(base->ready);
    free(listener);
}

struct vchan_listener *vchan_local_listen(const char *name, enum vchan_access access, bool one_peer)
{
    struct local_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL || !fill_path(listener->path, name)) {
        free(listener);
        return NULL;
    }
    listener->access = access;
    listener->one_peer = one_peer;
    listener->pipe = INVALID_HANDLE_VALUE;
    listener->base.ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    listener->base.accept = local_accept;
    listener->base.close = local_close;
    if (listener->base.ready == NULL || !listen_again(listener, true)) {
        int cause = errno;
        local_close(&listener->base);
        errno = cause;
        return NULL;
    }
    return &listener->base;
}

int vchan_local_connect(const char *name, struct vchan_peer *peer)
{
    wchar_t path[PATH_SIZE];

    if (!fill_path(path, name))
        return -1;
    /* A server may learn who its client is, but not act in the client's name. */
    HANDLE pipe = CreateFileW(path, CLIENT_RIGHTS, 0, NULL, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (pipe == INVALID_HANDLE_VALUE) {
        DWORD cause = GetLastError();
        errno = cause == ERROR_ACCESS_DENIED ? EACCES : EIO;
        return cause == ERROR_FILE_NOT_FOUND || cause == ERROR_PIPE_BUSY ? 0 : -1;
    }
    peer->handle = pipe;
    peer->is_socket = false;
    peer->close = close_pipe;
    return 1;
}
