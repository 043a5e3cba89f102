/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The update domain's answer. */
#include "answer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_after(const char *line, size_t length, const char *word, const char **rest, size_t *rest_length)
{
    size_t known = strlen(word);
    if (length <= known || memcmp(line, word, known) != 0)
        return false;
    *rest = line + known;
    *rest_length = length - known;
    return true;
}

/* At most 15 digits, without a leading zero: no file is a petabyte, and nothing overflows. */
static bool read_size(const char *digits, size_t length, uint64_t *size)
{
    uint64_t value = 0;
    if (length > 15 || (length > 1 && digits[0] == '0'))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    *size = value;
    return true;
}

void answer_read(const char *line, size_t length, answer *out)
{
    const char *rest;
    size_t count;
    memset(out, 0, sizeof *out);
    if (length >= ANSWER_LINE_MAX)
        return;
    if (is_after(line, length, "size ", &rest, &count)) {
        if (read_size(rest, count, &out->size))
            out->kind = ANSWER_FILE;
    } else if (is_after(line, length, "error ", &rest, &count)) {
        out->kind = ANSWER_ERROR;
        for (size_t i = 0; i < count; i++) /* it is shown on a terminal */
            out->text[i] = rest[i] >= 0x20 && rest[i] < 0x7f ? rest[i] : '?';
    }
}

static bool say(char why[256], const char *text)
{
    snprintf(why, 256, "%s", text);
    return false;
}

/* The next bytes: their count, 0 at the end, -1 on failure. */
static ssize_t take(int from, char *bytes, size_t most, unsigned seconds, char why[256])
{
    for (;;) {
        struct pollfd polled = {from, POLLIN, 0};
        int ready = poll(&polled, 1, (int)seconds * 1000);
        ssize_t count = ready > 0 ? read(from, bytes, most) : -1;
        if (ready == 0) {
            say(why, "the update domain stopped sending");
            return -1;
        }
        if (count >= 0)
            return count;
        if (errno != EINTR) {
            say(why, strerror(errno));
            return -1;
        }
    }
}

/* Byte for byte, so that nothing of the file is taken with the line. */
static bool take_line(int from, char line[ANSWER_LINE_MAX], size_t *length, unsigned seconds, char why[256])
{
    for (*length = 0; *length < ANSWER_LINE_MAX; (*length)++) {
        ssize_t count = take(from, line + *length, 1, seconds, why);
        if (count < 0)
            return false;
        if (count == 0)
            return say(why, "the update domain did not answer; is it there, and does the policy allow the call?");
        if (line[*length] == '\n')
            return true;
    }
    return say(why, "the update domain's answer cannot be understood");
}

static bool put(int to, const char *bytes, size_t count, char why[256])
{
    while (count > 0) {
        ssize_t written = write(to, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return say(why, strerror(errno));
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

static bool take_file(int from, int to, uint64_t size, unsigned seconds, char why[256])
{
    char bytes[65536];
    while (size > 0) {
        ssize_t count = take(from, bytes, size < sizeof bytes ? (size_t)size : sizeof bytes, seconds, why);
        if (count < 0)
            return false;
        if (count == 0)
            return say(why, "the update domain's file is shorter than it said");
        if (!put(to, bytes, (size_t)count, why))
            return false;
        size -= (uint64_t)count;
    }
    ssize_t more = take(from, bytes, 1, seconds, why);
    return more == 0 || (more > 0 && say(why, "the update domain's file is longer than it said"));
}

bool answer_receive(int from, int to, uint64_t most, unsigned seconds, uint64_t *size, char why[256])
{
    char line[ANSWER_LINE_MAX];
    size_t length;
    answer said;
    if (!take_line(from, line, &length, seconds, why))
        return false;
    answer_read(line, length, &said);
    if (said.kind == ANSWER_ERROR) {
        snprintf(why, 256, "the update domain says: %s", said.text);
        return false;
    }
    if (said.kind != ANSWER_FILE)
        return say(why, "the update domain's answer cannot be understood");
    if (said.size > most) {
        snprintf(why, 256, "the update domain's file has %" PRIu64 " bytes, and at most %" PRIu64 " are expected",
                 said.size, most);
        return false;
    }
    *size = said.size;
    return take_file(from, to, said.size, seconds, why);
}
