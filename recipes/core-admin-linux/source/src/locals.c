/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the admin domain that make calls, through the local endpoint. */
#include <errno.h>
#include <string.h>

#include "daemon.h"
#include "qrexec/os.h"

#define RETRY_MS 2000

void locals_open(struct daemon *daemon)
{
    const char *endpoint = os_daemon_endpoint();

    if (daemon->listener != NULL || os_now() < daemon->retry_listener)
        return;
    daemon->listener = vchan_local_listen(endpoint, daemon->options->access, false);
    if (daemon->listener == NULL) {
        if (daemon->retry_listener == 0)
            say("cannot listen at %s (%s), trying on", endpoint, os_error(errno));
        daemon->retry_listener = os_now() + RETRY_MS;
        return;
    }
    daemon->retry_listener = 0;
    if (daemon->options->share != NULL)
        daemon->options->share(endpoint);
}

static void accept_locals(struct daemon *daemon)
{
    struct vchan_peer peer;
    int answer;

    while (daemon->listener != NULL && (answer = daemon->listener->accept(daemon->listener, &peer)) != 0) {
        if (answer < 0) {
            say("the local endpoint failed (%s), opening it again", os_error(errno));
            daemon->listener->close(daemon->listener);
            daemon->listener = NULL;
            return;
        }
        vchan_stream *stream = vchan_stream_connected(peer, 4096, 4096);
        struct local *place = NULL;
        for (size_t i = 0; i < LOCALS_MOST && place == NULL; i++)
            if (daemon->locals[i].channel == NULL)
                place = &daemon->locals[i];
        if (stream == NULL || place == NULL)
            vchan_stream_close(stream);
        else
            place->channel = qrexec_channel_open(qrexec_carrier_of_stream(stream), QREXEC_REQUEST);
    }
}

void local_close(struct local *local)
{
    qrexec_channel_close(local->channel);
    memset(local, 0, sizeof(*local));
}

void local_answer(struct local *local, const uint8_t ticket[QREXEC_PORT_SIZE])
{
    qrexec_channel_send_raw(local->channel, ticket, QREXEC_PORT_SIZE);
}

void locals_turn(struct daemon *daemon)
{
    struct qrexec_message message;
    struct qrexec_trigger trigger;

    accept_locals(daemon);
    for (size_t i = 0; i < LOCALS_MOST; i++) {
        struct local *local = &daemon->locals[i];
        if (local->channel == NULL)
            continue;
        qrexec_channel_flush(local->channel);
        int answer = qrexec_channel_receive(local->channel, &message);
        if (answer == 0)
            continue;
        if (answer > 0 && !local->asked && qrexec_get_trigger(message.body, message.header.size, &trigger)) {
            local->asked = true;
            calls_begin(daemon, NULL, local, &trigger);
            continue;
        }
        calls_local_gone(daemon, local);
        local_close(local);
    }
}
