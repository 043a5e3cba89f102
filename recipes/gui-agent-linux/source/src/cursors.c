/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cursors that applications use most, under their X11 and their CSS names. */
#include "cursors.h"

#include <stddef.h>
#include <string.h>

#include <qubes-gui/protocol.h>

/* Glyph numbers are those of the X11 protocol's appendix B. */
static const struct {
    const char *name;
    uint32_t glyph;
} names[] = {
    {"bottom_left_corner", 12}, {"sw-resize", 12},   {"bottom_right_corner", 14}, {"se-resize", 14},
    {"bottom_side", 16},        {"s-resize", 16},    {"cross", 30},               {"crosshair", 34},
    {"fleur", 52},              {"move", 52},        {"all-scroll", 52},          {"hand1", 58},
    {"hand2", 60},              {"pointer", 60},     {"left_side", 70},           {"w-resize", 70},
    {"pirate", 88},             {"plus", 90},        {"question_arrow", 92},      {"help", 92},
    {"right_side", 96},         {"e-resize", 96},    {"sb_h_double_arrow", 108},  {"ew-resize", 108},
    {"col-resize", 108},        {"sb_v_double_arrow", 116}, {"ns-resize", 116},   {"row-resize", 116},
    {"top_left_corner", 134},   {"nw-resize", 134},  {"top_right_corner", 136},   {"ne-resize", 136},
    {"top_side", 138},          {"n-resize", 138},   {"watch", 150},              {"wait", 150},
    {"progress", 150},          {"left_ptr_watch", 150}, {"xterm", 152},          {"text", 152},
    {"not-allowed", 0},
};

uint32_t cursor_by_name(const char *name)
{
    for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, name) == 0)
            return GUI_CURSOR_X11 + names[i].glyph;
    }
    return GUI_CURSOR_DEFAULT;
}
