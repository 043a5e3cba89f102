/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line ends are converted, and nothing else. */
#include <string.h>

#include "check.h"
#include "lines.h"

static const struct {
    const char *here, *wire;
} cases[] = {
    {"", ""}, {"a", "a"}, {"a\r\nb", "a\nb"}, {"\r\n\r\n", "\n\n"}, {"a\r", "a\r"}, {"\ra", "\ra"}, {"a\rb\r\n", "a\rb\n"},
};

int main(void)
{
    char out[32];
    size_t size;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size = lines_to_wire(out, cases[i].here, strlen(cases[i].here));
        CHECK(size == strlen(cases[i].wire) && memcmp(out, cases[i].wire, size) == 0);
        size = lines_from_wire(out, cases[i].wire, strlen(cases[i].wire));
        CHECK(size == strlen(cases[i].here) && memcmp(out, cases[i].here, size) == 0);
    }
    /* Already converted: unchanged. */
    size = lines_from_wire(out, "a\r\nb", 4);
    CHECK(size == 4 && memcmp(out, "a\r\nb", 4) == 0);
    return 0;
}
