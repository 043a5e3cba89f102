/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where things are in a window that has no toolkit, and what is under the pointer. Pure. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "model.h"

#define LAYOUT_ROW 22    /* height of a line of the list, in pixels */
#define LAYOUT_MARGIN 10
#define LAYOUT_SWATCH 12 /* side of the square that shows the label's colour */

typedef struct layout_rect {
    int x, y, width, height;
} layout_rect;

typedef struct layout {
    layout_rect list, details, message;
    layout_rect buttons[ACTION_COUNT];
    int columns[COLUMN_COUNT]; /* where the texts of the columns begin */
    int visible;               /* rows that fit below the head */
    int first;                 /* the row shown at the top */
} layout;

/* Places everything for a window size; `first` scrolls so that the selected row can be seen. */
void layout_make(const model *what, int width, int height, int first, layout *out);
layout_rect layout_row(const layout *in, int row);

typedef enum layout_kind { HIT_NOTHING, HIT_ROW, HIT_BUTTON } layout_kind;
typedef struct layout_hit {
    layout_kind kind;
    int index; /* the row, or the action */
} layout_hit;
layout_hit layout_find(const layout *in, size_t rows, int x, int y);

#endif
