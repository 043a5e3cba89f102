/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries the bytes of one call between its two ends. What they mean is none of its business. */
#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "qrexec/carrier.h"
#include "qrexec/session.h"

#define ARRIVE_MS 60000 /* both ends have to be there by then */
#define PIECE 65536

struct end {
    struct qrexec_carrier carrier;
    int capacity; /* bytes of its output buffer when that is empty */
};

static bool is_gone(const struct end *end)
{
    return qrexec_carrier_is_open(end->carrier) == VCHAN_DISCONNECTED;
}

/* Moves what `from` has and `to` can take; whether anything moved. */
static bool move(struct end *from, struct end *to)
{
    static unsigned char data[PIECE];
    int ready = qrexec_carrier_data_ready(from->carrier), space = qrexec_carrier_buffer_space(to->carrier);
    int size = ready < space ? ready : space;

    if (size <= 0 || is_gone(to))
        return false;
    if (size > PIECE)
        size = PIECE;
    size = qrexec_carrier_read(from->carrier, data, (size_t)size);
    return size > 0 && qrexec_carrier_write(to->carrier, data, (size_t)size) == size;
}

/* Whether everything that came from an end that is gone has been passed on (or cannot be). */
static bool is_over(struct end *end, struct end *other)
{
    bool gone = is_gone(end);

    return gone && (is_gone(other) || (qrexec_carrier_data_ready(end->carrier) == 0 &&
                                       qrexec_carrier_buffer_space(other->carrier) >= other->capacity));
}

static bool is_waiting(const struct end *end)
{
    return qrexec_carrier_is_open(end->carrier) == VCHAN_WAITING;
}

/* Until one end is gone and the other has all of it. */
static int carry(struct end *one, struct end *other)
{
    struct os_event *stop = os_stop_event();
    unsigned long long arrive = os_now() + ARRIVE_MS;

    for (;;) {
        bool moved = move(one, other);
        if (move(other, one) || moved)
            continue;
        if (is_over(one, other) || is_over(other, one))
            return 0;
        struct end *ends[] = {one, other};
        struct os_wait_item items[3] = {{.handle = os_event_handle(stop)}};
        struct end *of[3] = {NULL};
        size_t count = 1;
        for (size_t i = 0; i < 2; i++)
            if (!is_gone(ends[i])) { /* it would fire for good */
                of[count] = ends[i];
                items[count++] = qrexec_carrier_item(ends[i]->carrier);
            }
        bool waiting = is_waiting(one) || is_waiting(other);
        unsigned long long now = os_now();
        if ((waiting && now >= arrive) ||
            os_wait(items, count, waiting ? (int)(arrive - now) : -1) < 0 || items[0].fired)
            return 1;
        for (size_t i = 1; i < count; i++)
            if (items[i].fired)
                qrexec_carrier_fired(of[i]->carrier);
    }
}

static int run(struct qrexec_carrier caller, struct qrexec_carrier service)
{
    struct end one = {.carrier = caller}, other = {.carrier = service};
    int code = 1;

    if (caller.of == NULL || service.of == NULL) {
        say("a call could not be relayed: %s", os_error(errno));
    } else {
        one.capacity = qrexec_carrier_buffer_space(caller);
        other.capacity = qrexec_carrier_buffer_space(service);
        code = carry(&one, &other);
    }
    if (caller.of != NULL)
        qrexec_carrier_close(caller);
    if (service.of != NULL)
        qrexec_carrier_close(service);
    return code;
}

static struct qrexec_carrier serve_port(struct qrexec_port port)
{
    return qrexec_carrier_of_vchan(libvchan_server_init((int)port.domain, (int)port.port, VCHAN_BUFFER_DEFAULT,
                                                        VCHAN_BUFFER_DEFAULT));
}

int relay_domains(struct qrexec_port caller, struct qrexec_port service)
{
    /* The server first: the service's domain may be quicker than the caller's. */
    struct qrexec_carrier server = serve_port(service);
    struct qrexec_carrier client = {0};

    if (server.of != NULL)
        client = qrexec_carrier_of_vchan(libvchan_client_init((int)caller.domain, (int)caller.port));
    return run(client, server);
}

int relay_local(const struct qrexec_daemon_options *options, const char *ticket, struct qrexec_port service)
{
    uint8_t bytes[QREXEC_PORT_SIZE];
    char endpoint[OS_PATH_SIZE], half[9] = "";

    if (ticket == NULL || strlen(ticket) != 16)
        return 2;
    memcpy(half, ticket, 8);
    qrexec_put_u32(bytes, (uint32_t)strtoul(half, NULL, 16));
    qrexec_put_u32(bytes + 4, (uint32_t)strtoul(ticket + 8, NULL, 16));
    if (!qrexec_ticket_endpoint(endpoint, bytes))
        return 2;
    struct vchan_listener *listener = vchan_local_listen(endpoint, options->access, true);
    if (listener != NULL && options->share != NULL)
        options->share(endpoint);
    vchan_stream *stream = listener != NULL ? vchan_stream_serve(listener, VCHAN_BUFFER_DEFAULT, VCHAN_BUFFER_DEFAULT)
                                            : NULL;
    return run(qrexec_carrier_of_stream(stream), serve_port(service));
}
