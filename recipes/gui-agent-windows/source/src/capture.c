/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures of windows: drawn into memory, compared with the last one, sent where they differ. */
#include <stdlib.h>
#include <string.h>

#include "desktop.h"

/* Of PrintWindow: what the compositor shows, not only what GDI draws. Missing in mingw's headers. */
#define RENDER_FULL_CONTENT 2

/* A window that does not answer within this time is not asked to draw, in milliseconds. */
#define ANSWER_TIME 20

void capture_free(struct pane *pane)
{
    if (pane->dc)
        DeleteDC(pane->dc);
    if (pane->bitmap)
        DeleteObject(pane->bitmap);
    free(pane->picture);
    pane->dc = NULL;
    pane->bitmap = NULL;
    pane->picture = pane->canvas = NULL;
    pane->canvas_width = pane->canvas_height = 0;
}

/* Memory for a window of this size; its old picture is void when the size changes. */
static bool prepare(struct pane *pane, uint32_t width, uint32_t height)
{
    BITMAPINFO info = {.bmiHeader = {.biSize = sizeof info.bmiHeader,
                                     .biWidth = (LONG)width,
                                     .biHeight = -(LONG)height,
                                     .biPlanes = 1,
                                     .biBitCount = 32,
                                     .biCompression = BI_RGB}};
    void *bits = NULL;

    if (pane->canvas && pane->canvas_width == width && pane->canvas_height == height)
        return true;
    capture_free(pane);
    pane->dc = CreateCompatibleDC(NULL);
    pane->bitmap = CreateDIBSection(NULL, &info, DIB_RGB_COLORS, &bits, NULL, 0);
    pane->picture = calloc((size_t)width * height, sizeof *pane->picture);
    if (!pane->dc || !pane->bitmap || !bits || !pane->picture) {
        capture_free(pane);
        return false;
    }
    SelectObject(pane->dc, pane->bitmap);
    pane->canvas = bits;
    pane->canvas_width = width;
    pane->canvas_height = height;
    pane->dirty = (struct gui_rect){0, 0, pane->width, pane->height};
    return true;
}

static bool copy_from_screen(struct pane *pane)
{
    HDC source = GetWindowDC(pane->hwnd);
    bool done = source && BitBlt(pane->dc, 0, 0, (int)pane->canvas_width, (int)pane->canvas_height, source, 0, 0, SRCCOPY);

    if (source)
        ReleaseDC(pane->hwnd, source);
    return done;
}

/* Windows that draw themselves are whole even when covered, but one that hangs would hold us up. */
static bool draw(const struct desktop *desktop, struct pane *pane)
{
    DWORD_PTR answer;

    if (desktop->from_screen)
        return copy_from_screen(pane);
    if (IsHungAppWindow(pane->hwnd) ||
        !SendMessageTimeoutW(pane->hwnd, WM_NULL, 0, 0, SMTO_ABORTIFHUNG, ANSWER_TIME, &answer))
        return false;
    return PrintWindow(pane->hwnd, pane->dc, RENDER_FULL_CONTENT) || copy_from_screen(pane);
}

/* Takes a picture; true when it differs from the last. */
static bool look(const struct desktop *desktop, struct pane *pane)
{
    size_t start, stride;
    struct gui_rect changed;
    RECT whole;

    if (pane->minimised || !GetWindowRect(pane->hwnd, &whole) || whole.right <= whole.left || whole.bottom <= whole.top ||
        !prepare(pane, (uint32_t)(whole.right - whole.left), (uint32_t)(whole.bottom - whole.top)) ||
        pane->inset.x + pane->width > pane->canvas_width || pane->inset.y + pane->height > pane->canvas_height ||
        !draw(desktop, pane))
        return false;
    GdiFlush();
    stride = pane->canvas_width;
    start = (size_t)pane->inset.y * stride + (size_t)pane->inset.x;
    changed = gui_image_diff(pane->canvas + start, stride, pane->picture + start, stride, pane->width, pane->height);
    if (gui_rect_empty(changed))
        return false;
    memcpy(pane->picture, pane->canvas, stride * pane->canvas_height * sizeof *pane->picture);
    pane->dirty = gui_rect_union(pane->dirty, changed);
    return true;
}

/* The picture may be of another size than the window has by now: then the next look is at once. */
static void send_dirty(struct desktop *desktop, struct pane *pane)
{
    size_t stride = pane->canvas_width, start;
    uint32_t id = window_id(pane->hwnd);

    if (!pane->picture || pane->inset.x + pane->width > pane->canvas_width ||
        pane->inset.y + pane->height > pane->canvas_height ||
        !gui_agent_wants(desktop->agent, id, pane->width, pane->height, &pane->dirty))
        return;
    start = ((size_t)pane->inset.y + pane->dirty.y) * stride + (size_t)pane->inset.x + pane->dirty.x;
    gui_agent_image(desktop->agent, id, pane->width, pane->height, pane->picture + start, stride, &pane->dirty);
}

void capture_due(struct desktop *desktop, uint64_t now)
{
    if (!gui_agent_ready(desktop->agent))
        return;
    for (struct pane *pane = desktop->panes; pane; pane = pane->next) {
        if (pane->pace.due <= now)
            pace_looked(&pane->pace, now, look(desktop, pane));
        send_dirty(desktop, pane);
    }
}

uint64_t capture_next(const struct desktop *desktop)
{
    uint64_t next = desktop->scan_due;

    if (!gui_agent_ready(desktop->agent))
        return next;
    for (const struct pane *pane = desktop->panes; pane; pane = pane->next) {
        if (pane->pace.due < next)
            next = pane->pace.due;
    }
    return next;
}
