/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * The real program on a real X server: keys and clicks go in, pixels and files come out.
 * Arguments: an empty scratch directory, this program, the program qubes-manager.
 */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>
#include <sys/wait.h>

#include "layout.h"
#include "world.h"

static Display *display;
static Window window;
static model expected; /* what the window must show, from the same files */

static Window find_window(void)
{
    Window root, parent, *children, found = None;
    unsigned count;
    if (!XQueryTree(display, DefaultRootWindow(display), &root, &parent, &children, &count))
        return None;
    for (unsigned i = 0; i < count && !found; i++) {
        XClassHint hint;
        XWindowAttributes attributes;
        if (!XGetClassHint(display, children[i], &hint))
            continue;
        if (strcmp(hint.res_class, "Qubes-manager") == 0 && XGetWindowAttributes(display, children[i], &attributes) &&
            attributes.map_state == IsViewable)
            found = children[i];
        XFree(hint.res_name);
        XFree(hint.res_class);
    }
    XFree(children);
    return found;
}

static unsigned long pixel(int x, int y)
{
    XImage *image = XGetImage(display, window, x, y, 1, 1, AllPlanes, ZPixmap);
    unsigned long value = XGetPixel(image, 0, 0) & 0xffffff;
    XDestroyImage(image);
    return value;
}

static int pixel_becomes(int x, int y, unsigned long colour)
{
    for (int turn = 0; turn < WAIT_TURNS && pixel(x, y) != colour; turn++)
        nap();
    return pixel(x, y) == colour;
}

static int state_becomes(const char *name, qubes_state state)
{
    qubes_domain domain = {0};
    for (int turn = 0; turn < WAIT_TURNS; turn++) {
        if (qubes_domain_load(&world, name, &domain, NULL) == QUBES_OK && domain.state == state)
            return 1;
        nap();
    }
    return 0;
}

static void press(KeySym key)
{
    KeyCode code = XKeysymToKeycode(display, key);
    XTestFakeKeyEvent(display, code, True, CurrentTime);
    XTestFakeKeyEvent(display, code, False, CurrentTime);
    XSync(display, False);
}

static void click(layout_rect rect)
{
    XTestFakeMotionEvent(display, -1, rect.x + rect.width / 2, rect.y + rect.height / 2, CurrentTime);
    XTestFakeButtonEvent(display, 1, True, CurrentTime);
    XTestFakeButtonEvent(display, 1, False, CurrentTime);
    XSync(display, False);
}

static layout places_now(void)
{
    layout places;
    XWindowAttributes attributes;
    XGetWindowAttributes(display, window, &attributes);
    model_reload(&expected);
    layout_make(&expected, attributes.width, attributes.height, 0, &places);
    return places;
}

static void each_domain_has_its_labels_colour(void)
{
    layout places = places_now();
    CHECK(expected.domains.count == 4);
    for (int row = 0; row < 4; row++) {
        layout_rect rect = layout_row(&places, row);
        CHECK(pixel_becomes(rect.x + LAYOUT_MARGIN + 6, rect.y + LAYOUT_ROW / 2, expected.domains.items[row].label->rgb));
    }
}

static void a_click_and_a_key_start_and_stop(void)
{
    layout places = places_now();
    layout_rect work = layout_row(&places, 2);
    click(work);
    CHECK(pixel_becomes(work.x + 2, work.y + 2, 0xd5e3f5)); /* it is marked as selected */
    click(places.buttons[ACTION_START]);
    CHECK(state_becomes("work", QUBES_STATE_RUNNING));
    press(XK_Down);
    layout_rect zebra = layout_row(&places, 3);
    CHECK(pixel_becomes(zebra.x + 2, zebra.y + 2, 0xd5e3f5));
    press(XK_s);
    CHECK(state_becomes("zebra", QUBES_STATE_RUNNING));
    press(XK_Up);
    CHECK(pixel_becomes(work.x + 2, work.y + 2, 0xd5e3f5));
    nap();
    press(XK_t);
    CHECK(state_becomes("work", QUBES_STATE_HALTED));
}

static void changes_by_others_appear(void)
{
    create("another", NULL, "deb", "yellow");
    layout places = places_now();
    layout_rect rect = layout_row(&places, 1);
    CHECK_TEXT(expected.domains.items[1].name, "another");
    CHECK(pixel_becomes(rect.x + LAYOUT_MARGIN + 6, rect.y + LAYOUT_ROW / 2, qubes_label_by_name("yellow")->rgb));
}

int main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "start") == 0 || strcmp(argv[1], "stop") == 0 || strcmp(argv[1], "list") == 0))
        return world_driver(argc);
    if (argc != 4)
        return 2;
    world_begin(argv[1], argv[2]);
    setenv("QUBES_DATA", world.data, 1);
    setenv("QUBES_INSTALL", world.install, 1);
    pid_t child = fork();
    if (child == 0) {
        execl(argv[3], argv[3], (char *)NULL);
        _exit(127);
    }
    display = XOpenDisplay(NULL);
    if (!display)
        return 2;
    model_init(&expected, &world);
    for (int turn = 0; turn < WAIT_TURNS && !window; turn++) {
        window = find_window();
        nap();
    }
    CHECK(window != None);
    if (window) {
        XSetInputFocus(display, window, RevertToParent, CurrentTime);
        each_domain_has_its_labels_colour();
        a_click_and_a_key_start_and_stop();
        changes_by_others_appear();
        press(XK_q);
    }
    int code = -1;
    CHECK(waitpid(child, &code, 0) == child && WIFEXITED(code) && WEXITSTATUS(code) == 0);
    XCloseDisplay(display);
    return test_report("x11");
}
