/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that writes anything anywhere into the shared page, between and before what this end does. The input: 32 bytes
 * of the page's beginning, then operations; each is one byte with its operand after it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rings.h"

#define BEGINNING 32
#define SERVER_ORDER 12

struct input {
    const uint8_t *data;
    size_t size;
};

static uint8_t next(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

static void must(int condition)
{
    if (!condition)
        abort();
}

/* What holds whatever the peer does. */
static void check(struct rings *rings)
{
    must(rings_ready(rings) <= rings->in.size);
    must(rings_space(rings) <= rings->out.size);
    int state = rings_state(rings);
    must(state >= 0 && state <= 2);
}

static void operate(struct rings *rings, uint8_t *page, struct input *input)
{
    static uint8_t data[RINGS_PAGE];
    size_t count = (size_t)next(input) << (next(input) % 5);

    if (count > sizeof(data))
        count = sizeof(data);
    switch (next(input) % 6) {
    case 0:
        must(rings_take(rings, data, count) <= count);
        break;
    case 1:
        must(rings_put(rings, data, count) <= count);
        break;
    case 2:
        rings_ask(rings, RINGS_READ);
        break;
    case 3:
        rings_owe(rings, RINGS_WRITTEN);
        break;
    default:
        page[next(input) % BEGINNING] = next(input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct rings_layout layout = {.left_order = SERVER_ORDER, .right_order = SERVER_ORDER, .left_pages = 1,
                                  .right_pages = 1};
    struct rings rings;
    uint8_t *page = calloc(1, RINGS_PAGE);
    int is_server = next(&input) % 2;

    if (page == NULL)
        abort();
    if (!is_server)
        for (size_t i = 0; i < BEGINNING; i++)
            page[i] = next(&input);
    if (is_server || rings_read_layout(page, &layout)) {
        /* Memory of exactly the pages that are mapped, so that a sanitizer sees the first byte beyond. */
        uint8_t *left = malloc(layout.left_pages > 0 ? layout.left_pages * RINGS_PAGE : 1);
        uint8_t *right = malloc(layout.right_pages > 0 ? layout.right_pages * RINGS_PAGE : 1);
        if (left == NULL || right == NULL)
            abort();
        if (is_server)
            rings_offer(&rings, page, left, right, &layout);
        else
            rings_join(&rings, page, left, right, &layout);
        check(&rings);
        while (input.size > 0) {
            operate(&rings, page, &input);
            check(&rings);
        }
        rings_leave(&rings);
        free(left);
        free(right);
    }
    free(page);
    return 0;
}
