/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apt's orders: messages of its method interface ("The APT Method Interface"), of which an acquire method needs one. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ORDER_URI_MAX 2048
#define ORDER_PATH_MAX 4096

typedef struct order {
    unsigned code; /* 600: acquire; others are configuration */
    char uri[ORDER_URI_MAX];
    char path[ORDER_PATH_MAX]; /* where the file belongs */
    uint64_t most;             /* bytes that it may have; 0 when apt does not know */
} order;

typedef enum order_result { ORDER_TAKEN, ORDER_END, ORDER_BROKEN } order_result;

order_result order_take(FILE *from, order *out);

/* The part of "qubes+https://…" that the update domain is asked for; NULL for what is not such a URI. */
const char *order_address(const char *uri);

#endif
