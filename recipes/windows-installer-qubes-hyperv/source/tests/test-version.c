/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions: which are sound, and their order. */
#include "version.h"

#include "check.h"

int main(void)
{
    static const char *const good[] = {"0", "1.0", "3.10.0", "255.255.65535", "1.2.3.4"};
    static const char *const bad[] = {"", ".", "1.", ".1", "1..2", "01.0", "1.2.3.4.5", "1.2a", "65536", "-1", "1 ",
                                      "999999999999999999999"};
    static const char *const ordered[] = {"0", "0.0.1", "0.9.10", "0.10.9", "1", "1.0.1", "3.9.9", "3.10.0", "10.0.0"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(version_is_sound(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!version_is_sound(bad[i]));
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++)
            CHECK((version_compare(ordered[i], ordered[j]) > 0) == (i > j));
    CHECK(version_compare("1.0", "1.0.0.0") == 0);
    return 0;
}
