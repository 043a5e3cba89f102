/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring gives back exactly what was put, across its end and across wrapped positions. */
#include <stdint.h>
#include <string.h>

#include "../src/ring.h"
#include "expect.h"

static uint32_t state = 1;

static uint32_t next_random(void)
{
    state = state * 1664525u + 1013904223u; /* Numerical Recipes */
    return state >> 8;
}

static void agrees_with_a_counter(struct ring *ring)
{
    unsigned char piece[5000];
    size_t put = 0, taken = 0;

    for (int turn = 0; turn < 20000; turn++) {
        size_t size = next_random() % sizeof(piece);
        if (next_random() % 2) {
            for (size_t i = 0; i < size; i++)
                piece[i] = (unsigned char)((put + i) * 7);
            size_t accepted = ring_put(ring, piece, size);
            EXPECT(accepted == (size < ring->capacity - (put - taken) ? size : ring->capacity - (put - taken)));
            put += accepted;
        } else {
            size_t given = ring_take(ring, piece, size);
            EXPECT(given == (size < put - taken ? size : put - taken));
            for (size_t i = 0; i < given; i++)
                EXPECT(piece[i] == (unsigned char)((taken + i) * 7));
            taken += given;
        }
        EXPECT(ring_used(ring) == put - taken);
        EXPECT(ring_free(ring) == ring->capacity - (put - taken));
    }
}

int main(void)
{
    struct ring ring;

    EXPECT(ring_open(&ring, 1));
    EXPECT(ring.capacity == 4096);
    agrees_with_a_counter(&ring);
    ring_close(&ring);

    EXPECT(ring_open(&ring, 5000));
    EXPECT(ring.capacity == 8192);
    ring.head = ring.tail = SIZE_MAX - 100; /* positions wrap within the test */
    agrees_with_a_counter(&ring);
    ring_close(&ring);

    EXPECT(!ring_open(&ring, (size_t)1 << 40));
    EXPECT(!ring_open(&ring, SIZE_MAX));
    return 0;
}
