/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the body of any message: what is accepted holds only what the parsers promise, and is
 * written again as the same bytes as far as they had a meaning.
 */
#include <stdlib.h>
#include <string.h>

#include "qrexec/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void try_exec(const uint8_t *body, size_t size)
{
    static uint8_t again[QREXEC_COMMAND_MOST + 128];
    static struct qrexec_exec exec;

    if (!qrexec_get_exec(body, size, &exec))
        return;
    demand(qrexec_put_exec(again, &exec) == size && memcmp(again, body, size) == 0);
}

static void try_connect(const uint8_t *body, size_t size)
{
    uint8_t again[QREXEC_COMMAND_MOST + 128];
    struct qrexec_connect connect, back;

    if (!qrexec_get_connect(body, size, &connect))
        return;
    demand(qrexec_put_connect(again, &connect) == QREXEC_PORT_SIZE + QREXEC_REQUEST_ID_SIZE);
    demand(qrexec_get_connect(again, QREXEC_PORT_SIZE + QREXEC_REQUEST_ID_SIZE, &back));
    demand(memcmp(&connect, &back, sizeof(back)) == 0);
}

static void try_trigger(const uint8_t *body, size_t size)
{
    uint8_t again[QREXEC_COMMAND_MOST + 128];
    struct qrexec_trigger trigger, back;

    if (!qrexec_get_trigger(body, size, &trigger))
        return;
    demand(qrexec_service_is_valid(trigger.service));
    demand(strchr(trigger.service, '/') == NULL && strchr(trigger.target, ' ') == NULL);
    size_t written = qrexec_put_trigger(again, &trigger);
    demand(written == size && qrexec_get_trigger(again, written, &back));
    demand(strcmp(trigger.target, back.target) == 0 && strcmp(trigger.service, back.service) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char id[QREXEC_REQUEST_ID_SIZE];

    if (size < QREXEC_HEADER_SIZE)
        return 0;
    struct qrexec_header header = qrexec_get_header(data);
    const uint8_t *body = data + QREXEC_HEADER_SIZE;
    for (int link = QREXEC_DAEMON_TO_AGENT; link <= QREXEC_REQUEST; link++)
        if (qrexec_is_expected((enum qrexec_link)link, header))
            demand(header.size <= QREXEC_BODY_MOST);
    size -= QREXEC_HEADER_SIZE;
    try_exec(body, size);
    try_connect(body, size);
    try_trigger(body, size);
    if (qrexec_get_refused(body, size, id))
        demand(memchr(id, '\0', sizeof(id)) != NULL);
    return 0;
}
