/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every name is a glyph of the cursor font; glyphs of X11 have even numbers below 154. */
#include "check.h"
#include "cursors.h"

int main(void)
{
    CHECK(cursor_by_name("xterm") == 0x100 + 152 && cursor_by_name("text") == 0x100 + 152);
    CHECK(cursor_by_name("pointer") == 0x100 + 60 && cursor_by_name("not-allowed") == 0x100);
    CHECK(cursor_by_name("left_ptr") == 0 && cursor_by_name("") == 0 && cursor_by_name(NULL) == 0);
    return 0;
}
