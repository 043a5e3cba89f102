/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two rings of a channel in memory that two domains share. */
#include "rings.h"

#include <string.h>

#include "libvchan.h"

unsigned rings_order(size_t least)
{
    unsigned order = RINGS_PAGE_ORDER;

    while (order <= RINGS_MOST_ORDER && (size_t)1 << order < least)
        order++;
    return order <= RINGS_MOST_ORDER ? order : 0;
}

uint32_t rings_pages(unsigned order)
{
    return order < RINGS_PAGE_ORDER ? 0 : 1u << (order - RINGS_PAGE_ORDER);
}

static struct ring_end end_of(struct rings_indexes *indexes, unsigned char *page, unsigned char *pages, unsigned order)
{
    struct ring_end end = {.indexes = indexes, .bytes = pages, .size = 1u << order};

    /* A ring within the page begins at the offset of its own size. */
    if (order < RINGS_PAGE_ORDER)
        end.bytes = page + end.size;
    return end;
}

void rings_offer(struct rings *rings, void *page, void *left, void *right, const struct rings_layout *layout)
{
    struct rings_page *shared = page;

    memset(rings, 0, sizeof(*rings));
    rings->page = shared;
    rings->is_server = true;
    rings->in = end_of(&shared->left, page, left, layout->left_order);
    rings->out = end_of(&shared->right, page, right, layout->right_order);
    shared->left_order = (uint16_t)layout->left_order;
    shared->right_order = (uint16_t)layout->right_order;
    memcpy(shared->grants, layout->left_grants, layout->left_pages * sizeof(uint32_t));
    memcpy(shared->grants + layout->left_pages, layout->right_grants, layout->right_pages * sizeof(uint32_t));
    shared->client_notifies = RINGS_WRITTEN; /* the client's coming is an event, too */
    shared->client_lives = 2;
    __atomic_store_n(&shared->server_lives, 1, __ATOMIC_SEQ_CST);
}

bool rings_read_layout(const void *page, struct rings_layout *layout)
{
    const struct rings_page *shared = page;
    unsigned left = __atomic_load_n(&shared->left_order, __ATOMIC_ACQUIRE);
    unsigned right = __atomic_load_n(&shared->right_order, __ATOMIC_ACQUIRE);

    if (__atomic_load_n(&shared->server_lives, __ATOMIC_ACQUIRE) != 1)
        return false;
    if (left < RINGS_SMALL_ORDER || left > RINGS_MOST_ORDER || right < RINGS_SMALL_ORDER || right > RINGS_MOST_ORDER)
        return false;
    if (left == right && left < RINGS_PAGE_ORDER)
        return false; /* both would be at the same place of the page */
    layout->left_order = left;
    layout->right_order = right;
    layout->left_pages = rings_pages(left);
    layout->right_pages = rings_pages(right);
    /* The grants end before a small ring begins: its neighbour has at most 256 pages, and the small one none. */
    size_t end = offsetof(struct rings_page, grants) + (layout->left_pages + layout->right_pages) * sizeof(uint32_t);
    unsigned least = left < right ? left : right;
    if (end > (least < RINGS_PAGE_ORDER ? 1u << least : RINGS_PAGE))
        return false;
    memcpy(layout->left_grants, shared->grants, layout->left_pages * sizeof(uint32_t));
    memcpy(layout->right_grants, shared->grants + layout->left_pages, layout->right_pages * sizeof(uint32_t));
    return true;
}

void rings_join(struct rings *rings, void *page, void *left, void *right, const struct rings_layout *layout)
{
    struct rings_page *shared = page;

    memset(rings, 0, sizeof(*rings));
    rings->page = shared;
    rings->out = end_of(&shared->left, page, left, layout->left_order);
    rings->in = end_of(&shared->right, page, right, layout->right_order);
    /* A client that came before may have moved this end's indexes. */
    rings->out.own = __atomic_load_n(&shared->left.produced, __ATOMIC_ACQUIRE);
    rings->in.own = __atomic_load_n(&shared->right.consumed, __ATOMIC_ACQUIRE);
    __atomic_store_n(&shared->client_lives, 1, __ATOMIC_SEQ_CST);
    rings_ask(rings, RINGS_WRITTEN);
}

void rings_leave(struct rings *rings)
{
    uint8_t *own = rings->is_server ? &rings->page->server_lives : &rings->page->client_lives;

    __atomic_store_n(own, 0, __ATOMIC_SEQ_CST);
}

int rings_state(struct rings *rings)
{
    const uint8_t *peer = rings->is_server ? &rings->page->client_lives : &rings->page->server_lives;
    uint8_t lives = __atomic_load_n(peer, __ATOMIC_ACQUIRE);

    if (rings->ended || rings->broken)
        return VCHAN_DISCONNECTED;
    if (lives == 1)
        return VCHAN_CONNECTED;
    if (lives == 2 && rings->is_server)
        return VCHAN_WAITING;
    rings->ended = true;
    return VCHAN_DISCONNECTED;
}

/* The bytes between two indexes; more than the ring has can only come from a peer that lies. */
static uint32_t between(struct rings *rings, const struct ring_end *end, uint32_t consumed, uint32_t produced)
{
    uint32_t used = produced - consumed;

    if (used <= end->size)
        return used;
    rings->broken = true;
    return 0;
}

uint32_t rings_ready(struct rings *rings)
{
    struct ring_end *in = &rings->in;

    if (rings->broken)
        return 0;
    return between(rings, in, in->own, __atomic_load_n(&in->indexes->produced, __ATOMIC_ACQUIRE));
}

uint32_t rings_space(struct rings *rings)
{
    struct ring_end *out = &rings->out;

    if (rings->broken)
        return 0;
    uint32_t used = between(rings, out, __atomic_load_n(&out->indexes->consumed, __ATOMIC_ACQUIRE), out->own);
    return rings->broken ? 0 : out->size - used;
}

/* How many of `size` bytes lie between this end's index and the end of the memory. */
static size_t until_end(const struct ring_end *end, size_t size)
{
    size_t rest = end->size - (end->own & (end->size - 1));

    return size < rest ? size : rest;
}

size_t rings_take(struct rings *rings, void *data, size_t size)
{
    struct ring_end *in = &rings->in;
    uint32_t ready = rings_ready(rings);

    if (size > ready)
        size = ready;
    if (size == 0)
        return 0;
    size_t first = until_end(in, size);
    memcpy(data, in->bytes + (in->own & (in->size - 1)), first);
    memcpy((unsigned char *)data + first, in->bytes, size - first);
    in->own += (uint32_t)size;
    __atomic_store_n(&in->indexes->consumed, in->own, __ATOMIC_SEQ_CST);
    return size;
}

size_t rings_put(struct rings *rings, const void *data, size_t size)
{
    struct ring_end *out = &rings->out;
    uint32_t space = rings_space(rings);

    if (size > space)
        size = space;
    if (size == 0)
        return 0;
    size_t first = until_end(out, size);
    memcpy(out->bytes + (out->own & (out->size - 1)), data, first);
    memcpy(out->bytes, (const unsigned char *)data + first, size - first);
    out->own += (uint32_t)size;
    __atomic_store_n(&out->indexes->produced, out->own, __ATOMIC_SEQ_CST);
    return size;
}

/* Each end is notified by the other one, in whose byte it asks. */
void rings_ask(struct rings *rings, uint8_t what)
{
    uint8_t *notifies = rings->is_server ? &rings->page->client_notifies : &rings->page->server_notifies;

    __atomic_fetch_or(notifies, what, __ATOMIC_SEQ_CST);
}

bool rings_owe(struct rings *rings, uint8_t what)
{
    uint8_t *notifies = rings->is_server ? &rings->page->server_notifies : &rings->page->client_notifies;

    return (__atomic_fetch_and(notifies, (uint8_t)~what, __ATOMIC_SEQ_CST) & what) != 0;
}
