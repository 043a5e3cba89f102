/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The window on X11, with nothing but Xlib. Keys: Up, Down, S start, T stop, R or F5 refresh, Q quit. */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/keysym.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

#define RELOAD_MS 500
#define BACKGROUND 0xf4f4f2
#define PAPER 0xffffff
#define INK 0x202020
#define FAINT 0x9a9a98
#define LINE 0xc8c8c4
#define SELECTED 0xd5e3f5
#define ERROR 0xa40000

typedef struct view {
    Display *display;
    Window window;
    GC gc;
    XFontStruct *font;
    Atom delete_window;
    model *shows;
    layout places;
    int width, height, first;
    bool closing; /* as soon as nothing is under way */
} view;

static void fill(const view *on, unsigned long colour, layout_rect rect)
{
    XSetForeground(on->display, on->gc, colour);
    XFillRectangle(on->display, on->window, on->gc, rect.x, rect.y, (unsigned)rect.width, (unsigned)rect.height);
}

static void frame(const view *on, unsigned long colour, layout_rect rect)
{
    XSetForeground(on->display, on->gc, colour);
    XDrawRectangle(on->display, on->window, on->gc, rect.x, rect.y, (unsigned)rect.width - 1, (unsigned)rect.height - 1);
}

/* As much of a text as fits into the width; the font has no more than ASCII for sure. */
static void draw(const view *on, unsigned long colour, int x, int y, int width, const char *text)
{
    char shown[256];
    int length = 0;
    for (; *text && length < (int)sizeof shown; text++)
        if (((unsigned char)*text & 0xc0) != 0x80) /* one mark for each character */
            shown[length++] = *text >= 0x20 && *text < 0x7f ? *text : '?';
    while (length > 0 && XTextWidth(on->font, shown, length) > width)
        length--;
    XSetForeground(on->display, on->gc, colour);
    XDrawString(on->display, on->window, on->gc, x,
                y + (LAYOUT_ROW + on->font->ascent - on->font->descent) / 2, shown, length);
}

static int column_width(const view *on, int column)
{
    int end = column + 1 < COLUMN_COUNT ? on->places.columns[column + 1] : on->places.list.x + on->places.list.width;
    return end - on->places.columns[column] - 4;
}

static void draw_list(const view *on)
{
    const layout *places = &on->places;
    fill(on, PAPER, places->list);
    for (int column = 0; column < COLUMN_COUNT; column++)
        draw(on, FAINT, places->columns[column], places->list.y, column_width(on, column), model_column_name(column));
    for (int row = places->first; row < places->first + places->visible && row < (int)on->shows->domains.count; row++) {
        layout_rect rect = layout_row(places, row);
        if (row == model_selected_index(on->shows))
            fill(on, SELECTED, rect);
        layout_rect swatch = {rect.x + LAYOUT_MARGIN, rect.y + (LAYOUT_ROW - LAYOUT_SWATCH) / 2, LAYOUT_SWATCH, LAYOUT_SWATCH};
        fill(on, on->shows->domains.items[row].label->rgb, swatch);
        for (int column = 0; column < COLUMN_COUNT; column++)
            draw(on, INK, places->columns[column], rect.y, column_width(on, column),
                 model_cell(on->shows, (size_t)row, column));
    }
    frame(on, LINE, places->list);
}

typedef struct property_line {
    const view *on;
    int y;
} property_line;

static void draw_property(void *context, const char *key, const char *value)
{
    property_line *line = context;
    layout_rect area = line->on->places.details;
    if (line->y + LAYOUT_ROW > area.y + area.height)
        return;
    draw(line->on, FAINT, area.x + LAYOUT_MARGIN, line->y, 150, key);
    draw(line->on, INK, area.x + 160, line->y, area.width - 170, value);
    line->y += LAYOUT_ROW;
}

static void draw_all(view *on)
{
    layout_make(on->shows, on->width, on->height, on->first, &on->places);
    on->first = on->places.first;
    fill(on, BACKGROUND, (layout_rect){0, 0, on->width, on->height});
    draw_list(on);
    fill(on, PAPER, on->places.details);
    frame(on, LINE, on->places.details);
    property_line line = {on, on->places.details.y};
    model_each_property(on->shows, draw_property, &line);
    for (int i = 0; i < ACTION_COUNT; i++) {
        layout_rect rect = on->places.buttons[i];
        frame(on, LINE, rect);
        draw(on, model_can(on->shows, i) ? INK : FAINT, rect.x + LAYOUT_MARGIN, rect.y + 3,
             rect.width - 2 * LAYOUT_MARGIN, model_action_name(i));
    }
    draw(on, on->shows->is_error ? ERROR : INK, on->places.message.x, on->places.message.y, on->places.message.width,
         on->closing ? "Closing when what is under way has finished" : on->shows->message);
    XFlush(on->display);
}

static void press_key(view *on, KeySym key)
{
    switch (key) {
    case XK_Up:
        model_move(on->shows, -1);
        break;
    case XK_Down:
        model_move(on->shows, 1);
        break;
    case XK_s:
        model_act(on->shows, ACTION_START);
        break;
    case XK_t:
        model_act(on->shows, ACTION_STOP);
        break;
    case XK_r:
    case XK_F5:
        model_act(on->shows, ACTION_REFRESH);
        break;
    case XK_q:
        on->closing = true;
        break;
    default:
        break;
    }
}

static void press_button(view *on, const XButtonEvent *event)
{
    if (event->button == Button4 || event->button == Button5) {
        model_move(on->shows, event->button == Button4 ? -1 : 1);
        return;
    }
    layout_hit hit = layout_find(&on->places, on->shows->domains.count, event->x, event->y);
    if (hit.kind == HIT_ROW)
        model_select(on->shows, hit.index);
    else if (hit.kind == HIT_BUTTON)
        model_act(on->shows, (model_action)hit.index);
}

static void handle(view *on, XEvent *event)
{
    switch (event->type) {
    case ConfigureNotify:
        on->width = event->xconfigure.width;
        on->height = event->xconfigure.height;
        break;
    case KeyPress:
        press_key(on, XLookupKeysym(&event->xkey, 0));
        break;
    case ButtonPress:
        press_button(on, &event->xbutton);
        break;
    case ClientMessage:
        if ((Atom)event->xclient.data.l[0] == on->delete_window)
            on->closing = true;
        break;
    default:
        break;
    }
}

static void open_window(view *on)
{
    int screen = DefaultScreen(on->display);
    XClassHint class_hint = {"qubes-manager", "Qubes-manager"};
    on->width = 960;
    on->height = 560;
    on->window = XCreateSimpleWindow(on->display, RootWindow(on->display, screen), 0, 0, (unsigned)on->width,
                                     (unsigned)on->height, 0, 0, BACKGROUND);
    on->gc = XCreateGC(on->display, on->window, 0, NULL);
    XSetFont(on->display, on->gc, on->font->fid);
    XStoreName(on->display, on->window, "Qubes Manager");
    XSetClassHint(on->display, on->window, &class_hint);
    on->delete_window = XInternAtom(on->display, "WM_DELETE_WINDOW", False);
    XSetWMProtocols(on->display, on->window, &on->delete_window, 1);
    XSelectInput(on->display, on->window, ExposureMask | KeyPressMask | ButtonPressMask | StructureNotifyMask);
    XMapWindow(on->display, on->window);
}

/* Events at once, the files twice a second: domains change by other programs too. */
static void run(view *on)
{
    while (!on->closing || model_is_busy(on->shows)) {
        bool changed = false;
        while (XPending(on->display)) {
            XEvent event;
            XNextEvent(on->display, &event);
            handle(on, &event);
            changed = true;
        }
        bool collected = model_collect(on->shows), reloaded = model_reload(on->shows);
        if (changed || collected || reloaded)
            draw_all(on);
        struct pollfd wait = {ConnectionNumber(on->display), POLLIN, 0};
        if (!XPending(on->display))
            poll(&wait, 1, RELOAD_MS);
    }
}

int main(int argc, char **argv)
{
    qubes_paths paths;
    qubes_error err;
    static model shows;
    view on = {.shows = &shows};
    if (argc != 1) {
        fprintf(stderr, "usage: %s (no arguments; shows the domains in a window)\n", argv[0]);
        return 2;
    }
    if (qubes_paths_find(&paths, &err) != QUBES_OK) {
        fprintf(stderr, "qubes-manager: %s\n", err.text);
        return 1;
    }
    on.display = XOpenDisplay(NULL);
    on.font = on.display ? XLoadQueryFont(on.display, "fixed") : NULL;
    if (!on.font) {
        fprintf(stderr, "qubes-manager: %s\n", on.display ? "the X server has no font" : "no X display");
        return 1;
    }
    model_init(&shows, &paths);
    model_reload(&shows);
    open_window(&on);
    run(&on);
    model_free(&shows);
    XFreeFont(on.display, on.font);
    XCloseDisplay(on.display);
    return 0;
}
