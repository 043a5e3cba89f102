/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qrexec protocol: which messages may come, and their bytes. */
#include "qrexec/protocol.h"

#include <string.h>

void qrexec_put_u32(uint8_t out[4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

uint32_t qrexec_get_u32(const uint8_t in[4])
{
    return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

void qrexec_put_header(uint8_t out[QREXEC_HEADER_SIZE], struct qrexec_header header)
{
    qrexec_put_u32(out, header.type);
    qrexec_put_u32(out + 4, header.size);
}

struct qrexec_header qrexec_get_header(const uint8_t in[QREXEC_HEADER_SIZE])
{
    struct qrexec_header header = {qrexec_get_u32(in), qrexec_get_u32(in + 4)};

    return header;
}

void qrexec_put_port(uint8_t out[QREXEC_PORT_SIZE], struct qrexec_port port)
{
    qrexec_put_u32(out, port.domain);
    qrexec_put_u32(out + 4, port.port);
}

struct qrexec_port qrexec_get_port(const uint8_t in[QREXEC_PORT_SIZE])
{
    struct qrexec_port port = {qrexec_get_u32(in), qrexec_get_u32(in + 4)};

    return port;
}

#define TRIGGER_FIXED (QREXEC_TARGET_SIZE + QREXEC_REQUEST_ID_SIZE)

static const struct {
    enum qrexec_link link;
    uint32_t type;
    uint32_t least, most; /* bytes of the body */
} expected[] = {
    {QREXEC_DAEMON_TO_AGENT, QREXEC_HELLO, 4, 4},
    {QREXEC_DAEMON_TO_AGENT, QREXEC_EXEC_CMDLINE, QREXEC_PORT_SIZE + 2, QREXEC_PORT_SIZE + QREXEC_COMMAND_MOST},
    {QREXEC_DAEMON_TO_AGENT, QREXEC_JUST_EXEC, QREXEC_PORT_SIZE + 2, QREXEC_PORT_SIZE + QREXEC_COMMAND_MOST},
    {QREXEC_DAEMON_TO_AGENT, QREXEC_SERVICE_CONNECT, QREXEC_PORT_SIZE + 2, QREXEC_PORT_SIZE + QREXEC_REQUEST_ID_SIZE},
    {QREXEC_DAEMON_TO_AGENT, QREXEC_SERVICE_REFUSED, QREXEC_REQUEST_ID_SIZE, QREXEC_REQUEST_ID_SIZE},
    {QREXEC_AGENT_TO_DAEMON, QREXEC_HELLO, 4, 4},
    /* Other agents allow longer names of services; these are refused one by one, not by hanging up. */
    {QREXEC_AGENT_TO_DAEMON, QREXEC_TRIGGER_SERVICE3, TRIGGER_FIXED + 2, QREXEC_BODY_MOST},
    {QREXEC_AGENT_TO_DAEMON, QREXEC_CONNECTION_TERMINATED, QREXEC_PORT_SIZE, QREXEC_PORT_SIZE},
    {QREXEC_TO_SERVICE, QREXEC_HELLO, 4, 4},
    {QREXEC_TO_SERVICE, QREXEC_DATA_STDIN, 0, QREXEC_DATA_MOST},
    {QREXEC_TO_CALLER, QREXEC_HELLO, 4, 4},
    {QREXEC_TO_CALLER, QREXEC_DATA_STDOUT, 0, QREXEC_DATA_MOST},
    {QREXEC_TO_CALLER, QREXEC_DATA_STDERR, 0, QREXEC_DATA_MOST},
    {QREXEC_TO_CALLER, QREXEC_DATA_EXIT_CODE, 4, 4},
    {QREXEC_REQUEST, QREXEC_TRIGGER_SERVICE3, TRIGGER_FIXED + 2, TRIGGER_FIXED + QREXEC_SERVICE_SIZE},
};

bool qrexec_is_expected(enum qrexec_link link, struct qrexec_header header)
{
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        if (expected[i].link == link && expected[i].type == header.type)
            return header.size >= expected[i].least && header.size <= expected[i].most;
    return false;
}

/* The length of a text, or `room` when its zero byte is not within the first `room` bytes. */
static size_t length_within(const char *text, size_t room)
{
    const char *end = memchr(text, '\0', room);

    return end != NULL ? (size_t)(end - text) : room;
}

/* A text that fills `size` bytes of the body to the last, which is its zero byte. */
static bool get_whole(const uint8_t *body, size_t size, char *text, size_t room)
{
    if (size < 2 || size > room || length_within((const char *)body, size) != size - 1)
        return false;
    memcpy(text, body, size);
    return true;
}

/* A text in a field of fixed size; what follows its zero byte has no meaning. */
static bool get_field(const uint8_t *field, size_t size, char *text)
{
    size_t length = length_within((const char *)field, size);

    if (length == size)
        return false;
    memset(text, 0, size);
    memcpy(text, field, length);
    return true;
}

static bool put_field(uint8_t *field, size_t size, const char *text)
{
    size_t length = length_within(text, size);

    memset(field, 0, size);
    if (length == size)
        return false;
    memcpy(field, text, length);
    return true;
}

size_t qrexec_put_exec(uint8_t *out, const struct qrexec_exec *exec)
{
    size_t length = length_within(exec->command, QREXEC_COMMAND_MOST);

    if (length == 0 || length == QREXEC_COMMAND_MOST)
        return 0;
    qrexec_put_port(out, exec->to);
    memcpy(out + QREXEC_PORT_SIZE, exec->command, length + 1);
    return QREXEC_PORT_SIZE + length + 1;
}

bool qrexec_get_exec(const uint8_t *body, size_t size, struct qrexec_exec *exec)
{
    if (size < QREXEC_PORT_SIZE)
        return false;
    exec->to = qrexec_get_port(body);
    return get_whole(body + QREXEC_PORT_SIZE, size - QREXEC_PORT_SIZE, exec->command, QREXEC_COMMAND_MOST);
}

size_t qrexec_put_connect(uint8_t *out, const struct qrexec_connect *connect)
{
    qrexec_put_port(out, connect->to);
    if (!put_field(out + QREXEC_PORT_SIZE, QREXEC_REQUEST_ID_SIZE, connect->request_id))
        return 0;
    return QREXEC_PORT_SIZE + QREXEC_REQUEST_ID_SIZE;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_made_of(const char *text, const char *also)
{
    for (; *text != '\0'; text++)
        if (!is_letter_or_digit(*text) && strchr(also, *text) == NULL)
            return false;
    return true;
}

static bool is_request_id(const char *text)
{
    return text[0] != '\0' && is_made_of(text, "_-");
}

/* A daemon may send the id as a whole field or only as far as its zero byte. */
bool qrexec_get_connect(const uint8_t *body, size_t size, struct qrexec_connect *connect)
{
    uint8_t field[QREXEC_REQUEST_ID_SIZE] = {0};

    if (size < QREXEC_PORT_SIZE || size > QREXEC_PORT_SIZE + sizeof(field))
        return false;
    size_t rest = size - QREXEC_PORT_SIZE;
    if (length_within((const char *)body + QREXEC_PORT_SIZE, rest) == rest)
        return false;
    connect->to = qrexec_get_port(body);
    memcpy(field, body + QREXEC_PORT_SIZE, rest);
    return get_field(field, sizeof(field), connect->request_id) && is_request_id(connect->request_id);
}

size_t qrexec_put_refused(uint8_t *out, const char *request_id)
{
    return put_field(out, QREXEC_REQUEST_ID_SIZE, request_id) ? QREXEC_REQUEST_ID_SIZE : 0;
}

bool qrexec_get_refused(const uint8_t *body, size_t size, char request_id[QREXEC_REQUEST_ID_SIZE])
{
    return size == QREXEC_REQUEST_ID_SIZE && get_field(body, size, request_id) && is_request_id(request_id);
}

size_t qrexec_put_trigger(uint8_t *out, const struct qrexec_trigger *trigger)
{
    size_t length = length_within(trigger->service, QREXEC_SERVICE_SIZE);

    if (length == 0 || length == QREXEC_SERVICE_SIZE || !put_field(out, QREXEC_TARGET_SIZE, trigger->target) ||
        !put_field(out + QREXEC_TARGET_SIZE, QREXEC_REQUEST_ID_SIZE, trigger->request_id))
        return 0;
    memcpy(out + TRIGGER_FIXED, trigger->service, length + 1);
    return TRIGGER_FIXED + length + 1;
}

bool qrexec_get_trigger(const uint8_t *body, size_t size, struct qrexec_trigger *trigger)
{
    return size > TRIGGER_FIXED && get_field(body, QREXEC_TARGET_SIZE, trigger->target) &&
           get_field(body + QREXEC_TARGET_SIZE, QREXEC_REQUEST_ID_SIZE, trigger->request_id) &&
           get_whole(body + TRIGGER_FIXED, size - TRIGGER_FIXED, trigger->service, QREXEC_SERVICE_SIZE) &&
           is_made_of(trigger->target, "@:._-") && is_request_id(trigger->request_id) &&
           qrexec_service_is_valid(trigger->service);
}

bool qrexec_service_is_valid(const char *service)
{
    size_t name = strcspn(service, "+");

    if (!is_letter_or_digit(service[0]) || length_within(service, QREXEC_SERVICE_SIZE) == QREXEC_SERVICE_SIZE)
        return false;
    for (size_t i = 0; i < name; i++)
        if (!is_letter_or_digit(service[i]) && strchr("_-.", service[i]) == NULL)
            return false;
    return is_made_of(service + name, "_-.+");
}
