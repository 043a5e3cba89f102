/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks become seldom while nothing changes, and frequent again at once. */
#include "check.h"
#include "pace.h"

int main(void)
{
    struct pace pace = {0};
    uint64_t now = 1000;

    pace_hurry(&pace, now);
    CHECK(pace.due == now);
    pace_looked(&pace, now, true);
    CHECK(pace.due == now + PACE_SHORTEST);
    for (uint32_t expected = 2 * PACE_SHORTEST; expected <= PACE_LONGEST; expected *= 2) {
        pace_looked(&pace, now, false);
        CHECK(pace.due == now + expected);
    }
    for (int i = 0; i < 100; i++)
        pace_looked(&pace, now, false);
    CHECK(pace.due == now + PACE_LONGEST);
    pace_looked(&pace, now, true);
    CHECK(pace.due == now + PACE_SHORTEST);
    pace = (struct pace){0, 0};
    pace_looked(&pace, now, false);
    CHECK(pace.due == now + PACE_SHORTEST);
    return 0;
}
