/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where things are in a window that has no toolkit, and what is under the pointer. */
#include "layout.h"

#define BUTTON_WIDTH 90
#define BUTTON_HEIGHT 28
#define DETAILS_WIDTH 320

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

void layout_make(const model *what, int width, int height, int first, layout *out)
{
    static const int shares[COLUMN_COUNT] = {30, 14, 18, 20, 18}; /* per cent of the list's width */
    int bottom = LAYOUT_ROW + BUTTON_HEIGHT + 3 * LAYOUT_MARGIN;
    int list_width = at_least(width - DETAILS_WIDTH - 3 * LAYOUT_MARGIN, 100);
    int list_height = at_least(height - bottom - LAYOUT_MARGIN, 2 * LAYOUT_ROW);
    out->list = (layout_rect){LAYOUT_MARGIN, LAYOUT_MARGIN, list_width, list_height};
    out->details = (layout_rect){out->list.x + list_width + LAYOUT_MARGIN, LAYOUT_MARGIN, DETAILS_WIDTH, list_height};
    int y = LAYOUT_MARGIN + list_height + LAYOUT_MARGIN;
    for (int i = 0; i < ACTION_COUNT; i++)
        out->buttons[i] =
            (layout_rect){LAYOUT_MARGIN + i * (BUTTON_WIDTH + LAYOUT_MARGIN), y, BUTTON_WIDTH, BUTTON_HEIGHT};
    out->message = (layout_rect){LAYOUT_MARGIN, y + BUTTON_HEIGHT + LAYOUT_MARGIN,
                                 at_least(width - 2 * LAYOUT_MARGIN, 0), LAYOUT_ROW};

    int x = out->list.x + LAYOUT_SWATCH + 2 * LAYOUT_MARGIN;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        out->columns[i] = x;
        x += (list_width - LAYOUT_SWATCH - 2 * LAYOUT_MARGIN) * shares[i] / 100;
    }
    out->visible = list_height / LAYOUT_ROW - 1; /* one line is the head */
    int last = at_least((int)what->domains.count - out->visible, 0), selected = model_selected_index(what);
    if (selected >= 0 && selected < first)
        first = selected;
    if (selected >= first + out->visible)
        first = selected - out->visible + 1;
    out->first = first < 0 ? 0 : first > last ? last : first;
}

layout_rect layout_row(const layout *in, int row)
{
    return (layout_rect){in->list.x, in->list.y + (row - in->first + 1) * LAYOUT_ROW, in->list.width, LAYOUT_ROW};
}

static bool contains(const layout_rect *rect, int x, int y)
{
    return x >= rect->x && x < rect->x + rect->width && y >= rect->y && y < rect->y + rect->height;
}

layout_hit layout_find(const layout *in, size_t rows, int x, int y)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        if (contains(&in->buttons[i], x, y))
            return (layout_hit){HIT_BUTTON, i};
    for (int row = in->first; row < in->first + in->visible && (size_t)row < rows; row++) {
        layout_rect rect = layout_row(in, row);
        if (contains(&rect, x, y))
            return (layout_hit){HIT_ROW, row};
    }
    return (layout_hit){HIT_NOTHING, 0};
}
