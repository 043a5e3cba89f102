/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often a window is looked at. Windows tells nobody that a window's pixels have changed, so
 * each is compared with its last picture: often while it changes, seldom while it does not.
 */
#ifndef AGENT_PACE_H
#define AGENT_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds between two looks: at best, and at worst. */
#define PACE_SHORTEST 33
#define PACE_LONGEST 528

struct pace {
    uint32_t interval;
    uint64_t due; /* in milliseconds of the clock that the caller uses */
};

/* Something is about to change: look at once, and often. */
void pace_hurry(struct pace *pace, uint64_t now);

/* It was looked at. */
void pace_looked(struct pace *pace, uint64_t now, bool changed);

#endif
