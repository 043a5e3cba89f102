/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test needs at an X server: an application whose window and input can be observed, a user's
 * hands, and questions about windows. Usage: x-tool COMMAND ARGUMENT...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>

static Display *display;
static Window root;

static Atom atom(const char *name)
{
    return XInternAtom(display, name, False);
}

/* client TITLE X Y WIDTH HEIGHT 0xRRGGBB [menu]: a window of one colour with its title in it that prints its events. */
static int client(char **arguments, int menu)
{
    unsigned colour = (unsigned)strtoul(arguments[5], NULL, 16);
    XSetWindowAttributes attributes = {.background_pixel = colour,
                                       .override_redirect = menu,
                                       .event_mask = KeyPressMask | ButtonPressMask | StructureNotifyMask | ExposureMask};
    Atom delete_window = atom("WM_DELETE_WINDOW");
    Window window = XCreateWindow(display, root, atoi(arguments[1]), atoi(arguments[2]), (unsigned)atoi(arguments[3]),
                                  (unsigned)atoi(arguments[4]), 0, CopyFromParent, InputOutput, CopyFromParent,
                                  CWBackPixel | CWOverrideRedirect | CWEventMask, &attributes);
    GC pen = XCreateGC(display, window, 0, NULL);

    XStoreName(display, window, arguments[0]);
    XSetWMProtocols(display, window, &delete_window, 1);
    XMapWindow(display, window);
    XSetForeground(display, pen, WhitePixel(display, DefaultScreen(display)));
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (;;) {
        XEvent event;

        XNextEvent(display, &event);
        if (event.type == Expose)
            XDrawString(display, window, pen, 8, 18, arguments[0], (int)strlen(arguments[0]));
        if (event.type == KeyPress)
            printf("key %s\n", XKeysymToString(XLookupKeysym(&event.xkey, 0)));
        if (event.type == ButtonPress)
            printf("button %u %d %d\n", event.xbutton.button, event.xbutton.x, event.xbutton.y);
        if (event.type == ConfigureNotify)
            printf("size %d %d\n", event.xconfigure.width, event.xconfigure.height);
        if (event.type == ClientMessage && (Atom)event.xclient.data.l[0] == delete_window) {
            puts("closed");
            return 0;
        }
    }
}

static int has_title(Window window, const char *title)
{
    unsigned char *data = NULL;
    unsigned long count = 0, after;
    int format;
    Atom type;
    int found;

    XGetWindowProperty(display, window, XA_WM_NAME, 0, 1024, False, AnyPropertyType, &type, &format, &count, &after,
                       &data);
    found = data && strcmp((const char *)data, title) == 0;
    if (data)
        XFree(data);
    return found;
}

/* find TITLE: prints "ID X Y WIDTH HEIGHT OVERRIDE_REDIRECT" of a visible window. */
static Window find(const char *title)
{
    Window parent, *children = NULL, found = None;
    unsigned count = 0;

    XQueryTree(display, root, &root, &parent, &children, &count);
    for (unsigned i = 0; i < count; i++) {
        XWindowAttributes attributes;

        if (!has_title(children[i], title) || !XGetWindowAttributes(display, children[i], &attributes) ||
            attributes.map_state != IsViewable)
            continue;
        found = children[i];
        printf("0x%lx %d %d %d %d %d\n", found, attributes.x, attributes.y, attributes.width, attributes.height,
               attributes.override_redirect);
    }
    if (children)
        XFree(children);
    return found;
}

/* numbers ID PROPERTY [INDEX...]: those of a window's property, one a line. */
static int numbers(int count, char **arguments)
{
    unsigned char *data = NULL;
    unsigned long items = 0, after;
    int format;
    Atom type;

    XGetWindowProperty(display, strtoul(arguments[0], NULL, 16), atom(arguments[1]), 0, 65536, False, XA_CARDINAL,
                       &type, &format, &items, &after, &data);
    for (int i = 2; i < count && data && format == 32; i++) {
        unsigned long index = strtoul(arguments[i], NULL, 10);
        if (index < items)
            printf("%08lx\n", ((unsigned long *)(void *)data)[index] & 0xffffffff);
    }
    if (data)
        XFree(data);
    return 0;
}

static void key(KeySym symbol, int pressed)
{
    XTestFakeKeyEvent(display, XKeysymToKeycode(display, symbol), pressed, CurrentTime);
}

/* key NAME...: presses them in order, releases them in reverse. */
static int keys(int count, char **names)
{
    for (int i = 0; i < count; i++)
        key(XStringToKeysym(names[i]), True);
    while (count--)
        key(XStringToKeysym(names[count]), False);
    return 0;
}

/* click X Y. */
static int click(char **arguments)
{
    XTestFakeMotionEvent(display, -1, atoi(arguments[0]), atoi(arguments[1]), CurrentTime);
    XTestFakeButtonEvent(display, 1, True, CurrentTime);
    XTestFakeButtonEvent(display, 1, False, CurrentTime);
    return 0;
}

/* own TEXT: is the clipboard's owner until killed. */
static _Noreturn void own(const char *text)
{
    Window window = XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0);

    XSetSelectionOwner(display, atom("CLIPBOARD"), window, CurrentTime);
    puts("owned");
    fflush(stdout);
    for (;;) {
        XEvent event, answer = {.type = SelectionNotify};

        XNextEvent(display, &event);
        if (event.type != SelectionRequest)
            continue;
        XChangeProperty(display, event.xselectionrequest.requestor, event.xselectionrequest.property,
                        event.xselectionrequest.target, 8, PropModeReplace, (const unsigned char *)text,
                        (int)strlen(text));
        answer.xselection.requestor = event.xselectionrequest.requestor;
        answer.xselection.selection = event.xselectionrequest.selection;
        answer.xselection.target = event.xselectionrequest.target;
        answer.xselection.property = event.xselectionrequest.property;
        XSendEvent(display, event.xselectionrequest.requestor, False, NoEventMask, &answer);
    }
}

/* paste: prints the clipboard. */
static int paste(void)
{
    Window window = XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0);
    XEvent event;
    unsigned char *data = NULL;
    unsigned long count = 0, after;
    int format;
    Atom type;

    XConvertSelection(display, atom("CLIPBOARD"), atom("UTF8_STRING"), atom("PASTE"), window, CurrentTime);
    do
        XNextEvent(display, &event);
    while (event.type != SelectionNotify);
    if (event.xselection.property == None)
        return 1;
    XGetWindowProperty(display, window, atom("PASTE"), 0, 65536, True, AnyPropertyType, &type, &format, &count, &after,
                       &data);
    printf("%s\n", data ? (const char *)data : "");
    return 0;
}

/* resize ID WIDTH HEIGHT: as a user or window manager does. */
static int resize(char **arguments)
{
    XResizeWindow(display, strtoul(arguments[0], NULL, 16), (unsigned)atoi(arguments[1]), (unsigned)atoi(arguments[2]));
    return 0;
}

/* close ID: the desktop's close button. */
static int close_window(const char *id)
{
    Window window = strtoul(id, NULL, 16);
    XEvent event = {.xclient = {.type = ClientMessage,
                                .window = window,
                                .message_type = atom("WM_PROTOCOLS"),
                                .format = 32,
                                .data.l = {(long)atom("WM_DELETE_WINDOW"), CurrentTime}}};

    XSendEvent(display, window, False, NoEventMask, &event);
    return 0;
}

static int run(int count, char **words)
{
    const char *command = words[0];

    if (strcmp(command, "client") == 0 && count >= 7)
        return client(words + 1, count == 8);
    if (strcmp(command, "find") == 0 && count == 2)
        return find(words[1]) == None;
    if (strcmp(command, "numbers") == 0 && count >= 3)
        return numbers(count - 1, words + 1);
    if (strcmp(command, "key") == 0)
        return keys(count - 1, words + 1);
    if (strcmp(command, "click") == 0 && count == 3)
        return click(words + 1);
    if (strcmp(command, "own") == 0 && count == 2)
        own(words[1]);
    if (strcmp(command, "paste") == 0)
        return paste();
    if (strcmp(command, "resize") == 0 && count == 4)
        return resize(words + 1);
    if (strcmp(command, "close") == 0 && count == 2)
        return close_window(words[1]);
    fprintf(stderr, "x-tool: unknown command %s\n", command);
    return 2;
}

int main(int argc, char **argv)
{
    int code;

    display = argc > 1 ? XOpenDisplay(NULL) : NULL;
    if (!display) {
        fputs("x-tool: no command or no display\n", stderr);
        return 2;
    }
    root = DefaultRootWindow(display);
    code = run(argc - 1, argv + 1);
    XSync(display, False);
    XCloseDisplay(display);
    return code;
}
