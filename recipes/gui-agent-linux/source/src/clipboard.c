/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CLIPBOARD selection: read when the daemon asks, owned when it gives. */
#include <stdlib.h>
#include <string.h>

#include <X11/Xatom.h>

#include "desktop.h"

void clipboard_request(struct desktop *desktop)
{
    XConvertSelection(desktop->display, desktop->atoms[CLIPBOARD], desktop->atoms[UTF8], desktop->atoms[TRANSFER],
                      desktop->mine, CurrentTime);
}

void clipboard_give(struct desktop *desktop, const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);

    if (!copy)
        return;
    memcpy(copy, bytes, size);
    free(desktop->clipboard);
    desktop->clipboard = copy;
    desktop->clipboard_size = size;
    XSetSelectionOwner(desktop->display, desktop->atoms[CLIPBOARD], desktop->mine, CurrentTime);
}

/* The owner's answer. One that comes in increments is larger than the protocol's limit: empty. */
static void on_answer(struct desktop *desktop, const XSelectionEvent *event)
{
    unsigned char *data = NULL;
    unsigned long count = 0, after;
    int format = 0;
    Atom type = None;

    if (event->property != None)
        XGetWindowProperty(desktop->display, desktop->mine, event->property, 0, GUI_MAX_CLIPBOARD / 4 + 1, True,
                           AnyPropertyType, &type, &format, &count, &after, &data);
    if (!data || format != 8 || type == desktop->atoms[INCREMENTAL])
        count = 0;
    gui_agent_clipboard(desktop->agent, (const char *)data, count);
    if (data)
        XFree(data);
}

static bool put(struct desktop *desktop, const XSelectionRequestEvent *request, Atom property)
{
    const Atom *atoms = desktop->atoms;
    const Atom offered[] = {atoms[TARGETS], atoms[UTF8], atoms[TEXT_PLAIN]};

    if (request->selection != atoms[CLIPBOARD] || !desktop->clipboard)
        return false;
    if (request->target == atoms[TARGETS]) {
        XChangeProperty(desktop->display, request->requestor, property, XA_ATOM, 32, PropModeReplace,
                        (const unsigned char *)offered, 3);
        return true;
    }
    if (request->target != atoms[UTF8] && request->target != atoms[TEXT_PLAIN])
        return false;
    XChangeProperty(desktop->display, request->requestor, property, request->target, 8, PropModeReplace,
                    (const unsigned char *)desktop->clipboard, (int)desktop->clipboard_size);
    return true;
}

static void on_request(struct desktop *desktop, const XSelectionRequestEvent *request)
{
    Atom property = request->property != None ? request->property : request->target;
    XEvent answer = {.xselection = {.type = SelectionNotify,
                                    .requestor = request->requestor,
                                    .selection = request->selection,
                                    .target = request->target,
                                    .property = None,
                                    .time = request->time}};

    if (put(desktop, request, property))
        answer.xselection.property = property;
    XSendEvent(desktop->display, request->requestor, False, NoEventMask, &answer);
}

void clipboard_event(struct desktop *desktop, XEvent *event)
{
    switch (event->type) {
    case SelectionNotify:
        on_answer(desktop, &event->xselection);
        break;
    case SelectionRequest:
        on_request(desktop, &event->xselectionrequest);
        break;
    case SelectionClear:
        free(desktop->clipboard);
        desktop->clipboard = NULL;
        break;
    default:
        break;
    }
}
