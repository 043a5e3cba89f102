/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every vchan over a byte stream shares: buffers, waiting, open state, and how it ends. A
 * provider adds only how the two ends find each other, that is libvchan_server_init and
 * libvchan_client_init. Local endpoints (Unix sockets, named pipes) are here too, because programs
 * of one domain talk to each other over the same streams.
 *
 * A stream belongs to the thread that first uses it, which need not be the one that opened it: on
 * Windows, pending I/O ends with the thread that began it.
 */
#ifndef VCHAN_STREAM_H
#define VCHAN_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
typedef HANDLE vchan_handle;
#define VCHAN_NO_HANDLE INVALID_HANDLE_VALUE
#else
typedef int vchan_handle;
#define VCHAN_NO_HANDLE (-1)
#endif

typedef struct libvchan vchan_stream;

/* One connected byte stream of the operating system, opened for non-blocking or overlapped I/O. */
struct vchan_peer {
    vchan_handle handle;
    void (*close)(vchan_handle handle);
#ifdef _WIN32
    bool is_socket; /* begin I/O through Winsock: ReadFile and WriteFile may block on sockets (Wine) */
#endif
};

/* The server's side before a peer has come. Providers embed it as the first member of their own. */
struct vchan_listener {
    vchan_handle ready; /* readable (Linux) or signalled (Windows) when accept is worth calling */
    /* 1: *peer has come; 0: nobody acceptable yet; -1: never again, errno says why. */
    int (*accept)(struct vchan_listener *listener, struct vchan_peer *peer);
    void (*close)(struct vchan_listener *listener); /* frees it too */
};

/*
 * A stream that takes the first peer of `listener`, or that speaks to `peer`. Both own what they
 * are given, on failure too (NULL, errno). The sizes are the least ones of the buffers.
 */
vchan_stream *vchan_stream_serve(struct vchan_listener *listener, size_t read_min, size_t write_min);
vchan_stream *vchan_stream_connected(struct vchan_peer peer, size_t read_min, size_t write_min);

/* These mean what their namesakes in libvchan.h mean. */
int vchan_stream_write(vchan_stream *stream, const void *data, size_t size);
int vchan_stream_send(vchan_stream *stream, const void *data, size_t size);
int vchan_stream_read(vchan_stream *stream, void *data, size_t size);
int vchan_stream_recv(vchan_stream *stream, void *data, size_t size);
vchan_handle vchan_stream_handle(vchan_stream *stream);
int vchan_stream_is_open(vchan_stream *stream);
int vchan_stream_data_ready(vchan_stream *stream);
int vchan_stream_buffer_space(vchan_stream *stream);
void vchan_stream_close(vchan_stream *stream);

/* As libvchan_wait, for at most timeout_ms (negative: no limit). 1 event, 0 none came, -1 error. */
int vchan_stream_wait(vchan_stream *stream, int timeout_ms);

#define VCHAN_FAMILY_ADDRESS_SIZE 128 /* of a struct sockaddr_storage */

/* The size of a buffer when a caller has no wish: two of qrexec's largest messages. */
#define VCHAN_BUFFER_DEFAULT (2 * 65536)

/* Who may connect to a local endpoint. */
enum vchan_access {
    VCHAN_ACCESS_OWNER, /* the user who listens; on Windows also administrators */
    VCHAN_ACCESS_USERS  /* every user who is logged on to this machine */
};

/*
 * Listens at a local endpoint: the path of a Unix socket, or a pipe's name after \\.\pipe\.
 * With `one_peer` the name is free again as soon as the peer has come (Linux) or gone (Windows).
 * NULL with errno EADDRINUSE when somebody listens there already.
 */
struct vchan_listener *vchan_local_listen(const char *name, enum vchan_access access, bool one_peer);

/* One attempt to connect there: 1 and *peer, 0 when nobody listens or all are busy, -1 and errno. */
int vchan_local_connect(const char *name, struct vchan_peer *peer);

/* An address of any family of stream sockets (Hyper-V, vsock, VMCI). */
struct vchan_family_address {
    int family;
    int protocol;
    size_t size;                                   /* bytes of `bytes` in use */
    _Alignas(8) unsigned char bytes[VCHAN_FAMILY_ADDRESS_SIZE]; /* a struct sockaddr of that family */
};

/*
 * Listens at `where`. Each peer's own address is shown to `welcome` (with `domain`), which says
 * whether it is the right one; others are turned away. NULL with errno as vchan_local_listen, and
 * EAFNOSUPPORT when this machine does not know the family.
 */
struct vchan_listener *vchan_family_listen(const struct vchan_family_address *where, int domain,
                                           bool (*welcome)(int domain, const void *address, size_t size));

/* One attempt, with the answers of vchan_local_connect; it takes two seconds at most. */
int vchan_family_connect(const struct vchan_family_address *where, struct vchan_peer *peer);

/* What a provider over such sockets consists of. */
struct vchan_family {
    /*
     * The address at which this side of a channel listens (`listening`), or to which it connects. false
     * with errno: EINVAL for numbers that no domain or port has, EADDRNOTAVAIL for a domain that cannot be
     * reached from here, EAFNOSUPPORT when this machine has no such sockets.
     */
    bool (*find)(int domain, int port, bool listening, struct vchan_family_address *where);
    /* Whether a peer's address belongs to `domain`. */
    bool (*is_of)(int domain, const void *address, size_t size);
    /* Tells the person why, where errno alone would not; keeps errno. */
    void (*explain)(void);
};

/* libvchan_server_init and libvchan_client_init over sockets of a family. */
vchan_stream *vchan_family_serve(const struct vchan_family *family, int domain, int port, size_t read_min,
                                 size_t write_min);
vchan_stream *vchan_family_join(const struct vchan_family *family, int domain, int port);

#ifdef __linux__
/* Addresses of AF_VSOCK, by which Linux names machines (CIDs) and ports on both sides of several VMMs. */
void vchan_vsock_address(struct vchan_family_address *where, unsigned cid, unsigned port);
bool vchan_vsock_is_of(unsigned cid, const void *address, size_t size);
#endif

/*
 * Repeats `attempt` (answers as vchan_local_connect) until it does not answer 0 or the time given
 * in libvchan.h for libvchan_client_init is over (then -1, ETIMEDOUT).
 */
int vchan_connect_patiently(int (*attempt)(void *context, struct vchan_peer *peer), void *context,
                            struct vchan_peer *peer);

/*
 * Tells the person who runs this program why a transport does not work, once for each text: one
 * line on standard error that begins with `provider`.
 */
void vchan_explain(const char *provider, const char *text);

#endif
