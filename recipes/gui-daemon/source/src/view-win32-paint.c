/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Drawing a window: the border first, and the domain's pixels only inside of it. */
#include "view-win32.h"

static void fill(HDC dc, HBRUSH brush, LONG left, LONG top, LONG right, LONG bottom)
{
    RECT area = {left, top, right, bottom};

    if (left < right && top < bottom)
        FillRect(dc, &area, brush);
}

/* Rows first to last of the surface, width pixels of each. */
static void put_rows(HDC dc, const struct surface *surface, int border, int width, int first, int last)
{
    BITMAPINFO info = {.bmiHeader = {.biSize = sizeof info.bmiHeader,
                                     .biWidth = (LONG)surface->width,
                                     .biHeight = first - last, /* negative: from the top */
                                     .biPlanes = 1,
                                     .biBitCount = 32,
                                     .biCompression = BI_RGB}};

    if (width > 0 && last > first)
        StretchDIBits(dc, border, border + first, width, last - first, 0, 0, width, last - first,
                      surface->pixels + (size_t)first * surface->width, &info, DIB_RGB_COLORS, SRCCOPY);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

void view_paint(struct native *mine)
{
    const struct surface *surface = &mine->window->surface;
    int b = (int)border_of(mine->window);
    PAINTSTRUCT paint;
    HDC dc = BeginPaint(mine->hwnd, &paint);
    RECT client;
    int width, height, first, last;

    if (!dc || !GetClientRect(mine->hwnd, &client))
        return;
    width = least((int)surface->width, client.right - 2 * b);
    height = least((int)surface->height, client.bottom - 2 * b);
    fill(dc, mine->view->border, 0, 0, client.right, b);
    fill(dc, mine->view->border, 0, client.bottom - b, client.right, client.bottom);
    fill(dc, mine->view->border, 0, b, b, client.bottom - b);
    fill(dc, mine->view->border, client.right - b, b, client.right, client.bottom - b);
    fill(dc, mine->view->blank, b + (width > 0 ? width : 0), b, client.right - b, client.bottom - b);
    fill(dc, mine->view->blank, b, b + (height > 0 ? height : 0), client.right - b, client.bottom - b);
    /* Only the rows that are to be drawn. */
    first = paint.rcPaint.top > b ? paint.rcPaint.top - b : 0;
    last = least(paint.rcPaint.bottom - b, height);
    put_rows(dc, surface, b, width, first, last);
    EndPaint(mine->hwnd, &paint);
}

/* Glyphs of the X11 cursor font that Windows has too. */
static const struct {
    uint32_t glyph;
    LPCWSTR name;
} cursors[] = {
    {152, IDC_IBEAM},    {58, IDC_HAND},      {60, IDC_HAND},     {150, IDC_WAIT},   {26, IDC_WAIT},
    {30, IDC_CROSS},     {34, IDC_CROSS},     {90, IDC_CROSS},    {52, IDC_SIZEALL}, {108, IDC_SIZEWE},
    {70, IDC_SIZEWE},    {96, IDC_SIZEWE},    {116, IDC_SIZENS},  {138, IDC_SIZENS}, {16, IDC_SIZENS},
    {134, IDC_SIZENWSE}, {14, IDC_SIZENWSE},  {136, IDC_SIZENESW}, {12, IDC_SIZENESW}, {92, IDC_HELP},
    {0, IDC_NO},         {88, IDC_NO},
};

HCURSOR view_cursor(const struct window *window)
{
    for (size_t i = 0; window->cursor != GUI_CURSOR_DEFAULT && i < sizeof cursors / sizeof cursors[0]; i++) {
        if (cursors[i].glyph == window->cursor - GUI_CURSOR_X11)
            return LoadCursorW(NULL, cursors[i].name);
    }
    return LoadCursorW(NULL, IDC_ARROW);
}
