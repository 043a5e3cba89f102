/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interval doubles while nothing changes. */
#include "pace.h"

void pace_hurry(struct pace *pace, uint64_t now)
{
    pace->interval = PACE_SHORTEST;
    pace->due = now;
}

void pace_looked(struct pace *pace, uint64_t now, bool changed)
{
    uint32_t doubled = pace->interval * 2;

    if (changed || pace->interval < PACE_SHORTEST)
        pace->interval = PACE_SHORTEST;
    else
        pace->interval = doubled < PACE_LONGEST ? doubled : PACE_LONGEST;
    pace->due = now + pace->interval;
}
