/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of bytes of fixed capacity. */
#ifndef VCHAN_RING_H
#define VCHAN_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
    unsigned char *bytes;
    size_t capacity; /* a power of two, so that positions may wrap around */
    size_t head;     /* position of the next byte to put; only ever grows */
    size_t tail;     /* position of the next byte to take */
};

/* Makes room for at least `least` bytes; false without memory or beyond 16 MiB. */
bool ring_open(struct ring *ring, size_t least);
void ring_close(struct ring *ring);

size_t ring_used(const struct ring *ring);
size_t ring_free(const struct ring *ring);

/* Copy as much as there is or fits, at most `size`, and return how much. */
size_t ring_put(struct ring *ring, const void *data, size_t size);
size_t ring_take(struct ring *ring, void *data, size_t size);

#endif
