/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting to a server that may not be there yet, and saying why that cannot work. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport.h"
#include "vchan-stream.h"

#define CONNECT_DEFAULT_MS 10000
#define CONNECT_MOST_MS 3600000
#define PAUSE_FIRST_MS 2
#define PAUSE_MOST_MS 100

static unsigned long long patience_ms(void)
{
    const char *text = getenv("VCHAN_CONNECT_TIMEOUT");
    char *end = NULL;

    if (text == NULL || *text == '\0')
        return CONNECT_DEFAULT_MS;
    unsigned long value = strtoul(text, &end, 10);
    return *end != '\0' || value > CONNECT_MOST_MS ? CONNECT_DEFAULT_MS : value;
}

int vchan_connect_patiently(int (*attempt)(void *context, struct vchan_peer *peer), void *context,
                            struct vchan_peer *peer)
{
    unsigned long long end = transport_now() + patience_ms();
    unsigned pause = PAUSE_FIRST_MS;

    for (;;) {
        int answer = attempt(context, peer);
        if (answer != 0)
            return answer;
        if (transport_now() >= end) {
            errno = ETIMEDOUT;
            return -1;
        }
        transport_sleep(pause);
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
}

void vchan_explain(const char *provider, const char *text)
{
    static char last[256];

    if (strncmp(last, text, sizeof(last) - 1) == 0)
        return;
    snprintf(last, sizeof(last), "%s", text);
    fprintf(stderr, "%s: %s\n", provider, text);
    fflush(stderr);
}
