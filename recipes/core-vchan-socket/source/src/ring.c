/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of bytes of fixed capacity. */
#include "ring.h"

#include <stdlib.h>
#include <string.h>

#define RING_LEAST 4096u            /* one page, the least that libvchan ever had */
#define RING_MOST (16u * 1024 * 1024) /* no caller needs more; keeps int results exact */

bool ring_open(struct ring *ring, size_t least)
{
    size_t capacity = RING_LEAST;

    memset(ring, 0, sizeof(*ring));
    if (least > RING_MOST)
        return false;
    while (capacity < least)
        capacity *= 2;
    ring->bytes = malloc(capacity);
    ring->capacity = capacity;
    return ring->bytes != NULL;
}

void ring_close(struct ring *ring)
{
    free(ring->bytes);
    memset(ring, 0, sizeof(*ring));
}

size_t ring_used(const struct ring *ring)
{
    return ring->head - ring->tail;
}

size_t ring_free(const struct ring *ring)
{
    return ring->capacity - ring_used(ring);
}

/* How many of `size` bytes lie between `position` and the end of the memory. */
static size_t until_end(const struct ring *ring, size_t position, size_t size)
{
    size_t rest = ring->capacity - (position & (ring->capacity - 1));

    return size < rest ? size : rest;
}

size_t ring_put(struct ring *ring, const void *data, size_t size)
{
    if (size > ring_free(ring))
        size = ring_free(ring);
    if (size == 0)
        return 0;
    size_t first = until_end(ring, ring->head, size);
    memcpy(ring->bytes + (ring->head & (ring->capacity - 1)), data, first);
    memcpy(ring->bytes, (const unsigned char *)data + first, size - first);
    ring->head += size;
    return size;
}

size_t ring_take(struct ring *ring, void *data, size_t size)
{
    if (size > ring_used(ring))
        size = ring_used(ring);
    if (size == 0)
        return 0;
    size_t first = until_end(ring, ring->tail, size);
    memcpy(data, ring->bytes + (ring->tail & (ring->capacity - 1)), first);
    memcpy((unsigned char *)data + first, ring->bytes, size - first);
    ring->tail += size;
    return size;
}
