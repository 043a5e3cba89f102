/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two rings of a channel in memory that two domains share, as xen/include/public/io/libxenvchan.h lays it out:
 * the other end may be libxenvchan. Everything in that memory is the other domain's to change at any moment, so each
 * value of it is read once, and what this end has written is never read back.
 */
#ifndef VCHAN_XEN_RINGS_H
#define VCHAN_XEN_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RINGS_PAGE_ORDER 12
#define RINGS_PAGE (1u << RINGS_PAGE_ORDER)

/* Rings of these sizes (log2 of bytes) lie within the page itself, at the offset of their own size. */
#define RINGS_SMALL_ORDER 10
#define RINGS_LARGE_ORDER 11
/* Larger ones than 1 MiB would need more grants than the page has room for. */
#define RINGS_MOST_ORDER 20
#define RINGS_MOST_PAGES (1u << (RINGS_MOST_ORDER - RINGS_PAGE_ORDER))

/* What an end can ask the other one to notify it of. */
#define RINGS_WRITTEN 1 /* bytes have come */
#define RINGS_READ 2    /* room has appeared */

struct rings_indexes {
    uint32_t consumed, produced;
};

/* The page that both ends share. */
struct rings_page {
    struct rings_indexes left;  /* the client writes, the server reads */
    struct rings_indexes right; /* the server writes, the client reads */
    uint16_t left_order, right_order;
    uint8_t client_lives, server_lives; /* 0 gone, 1 there, 2 (clients) not there yet */
    uint8_t client_notifies, server_notifies;
    uint32_t grants[]; /* of the pages of the left ring, then of the right one */
};
_Static_assert(offsetof(struct rings_page, left_order) == 16, "libxenvchan.h");
_Static_assert(offsetof(struct rings_page, client_lives) == 20, "libxenvchan.h");
_Static_assert(offsetof(struct rings_page, grants) == 24, "libxenvchan.h");
_Static_assert(offsetof(struct rings_page, grants) + 2 * RINGS_MOST_PAGES * sizeof(uint32_t) <= RINGS_PAGE,
               "the grants of two of the largest rings fit");

/* One ring, as this end sees it. */
struct ring_end {
    struct rings_indexes *indexes;
    unsigned char *bytes;
    uint32_t size; /* a power of two */
    uint32_t own;  /* this end's index */
};

struct rings {
    struct rings_page *page;
    struct ring_end in, out;
    bool is_server;
    bool ended;  /* the peer has gone; it does not come back */
    bool broken; /* it has written what no peer writes */
};

/* What a page says of its rings, copied out of the other domain's reach. */
struct rings_layout {
    unsigned left_order, right_order;
    uint32_t left_pages, right_pages; /* beyond the page itself */
    uint32_t left_grants[RINGS_MOST_PAGES], right_grants[RINGS_MOST_PAGES];
};

/* The order of a ring in pages of its own that holds `least` bytes; 0 when none is that large. */
unsigned rings_order(size_t least);

/* How many pages of its own a ring has. */
uint32_t rings_pages(unsigned order);

/* Begins the server's end in memory of zeroes; `layout` is what is written into the page. */
void rings_offer(struct rings *rings, void *page, void *left, void *right, const struct rings_layout *layout);

/* Reads what a server's page says. false when that is no page of a server that waits or serves. */
bool rings_read_layout(const void *page, struct rings_layout *layout);

/* Begins the client's end, after rings_read_layout; rings within the page need no `left` or `right`. */
void rings_join(struct rings *rings, void *page, void *left, void *right, const struct rings_layout *layout);

/* Says to the peer that this end has gone; the peer wants to be notified of it. */
void rings_leave(struct rings *rings);

/* Whether the peer is there: VCHAN_DISCONNECTED, VCHAN_CONNECTED or VCHAN_WAITING of libvchan.h. */
int rings_state(struct rings *rings);

/* Bytes that can be taken, and room for bytes; 0 when the peer's index cannot be. */
uint32_t rings_ready(struct rings *rings);
uint32_t rings_space(struct rings *rings);

/* Copy as much as there is or fits, at most `size`, and return how much. */
size_t rings_take(struct rings *rings, void *data, size_t size);
size_t rings_put(struct rings *rings, const void *data, size_t size);

/* Asks the peer for a notification of RINGS_WRITTEN or RINGS_READ; look at the rings again afterwards. */
void rings_ask(struct rings *rings, uint8_t what);

/* Whether the peer has asked for one, which it is owed once. To be called after what it is about. */
bool rings_owe(struct rings *rings, uint8_t what);

#endif
