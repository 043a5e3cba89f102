/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* An agent against a daemon that is played here: what it tells, and what it does when asked. */
#include <qubes-gui/agent.h>

#include "check.h"
#include "pipe.h"

static struct pipe pipe;
static struct gui_agent agent;

/* The operating system's side: counts and remembers. */
static struct {
    unsigned keys, buttons, motions, crossings, focuses, keymaps, closes, flags, wanted, screens, redraws;
    uint32_t last_window, refuse_width;
    char clipboard[16];
} os;

static void on_key(void *ctx, uint32_t window, const struct msg_keypress *key)
{
    (void)ctx;
    os.keys += key->keycode == 38;
    os.last_window = window;
}

static void on_button(void *ctx, uint32_t window, const struct msg_button *button)
{
    (void)ctx;
    (void)window;
    os.buttons += button->button;
}

static void on_motion(void *ctx, uint32_t window, const struct msg_motion *motion)
{
    (void)ctx;
    (void)window;
    os.motions += motion->x;
}

static void on_crossing(void *ctx, uint32_t window, const struct msg_crossing *crossing)
{
    (void)ctx;
    (void)window;
    os.crossings += crossing->type == GUI_ENTER;
}

static void on_focus(void *ctx, uint32_t window, bool focused)
{
    (void)ctx;
    (void)window;
    os.focuses += focused;
}

static void on_keymap(void *ctx, const uint8_t keys[32])
{
    (void)ctx;
    os.keymaps += keys[4] == 0x40;
}

static void on_configure(void *ctx, uint32_t window, struct gui_agent_state *state)
{
    (void)ctx;
    (void)window;
    if (os.refuse_width)
        state->width = os.refuse_width;
}

static void on_close(void *ctx, uint32_t window)
{
    (void)ctx;
    os.closes++;
    gui_agent_remove(&agent, window);
}

static void on_flags(void *ctx, uint32_t window, uint32_t set, uint32_t unset)
{
    (void)ctx;
    (void)window;
    os.flags += set * 10 + unset;
}

static void on_wanted(void *ctx)
{
    (void)ctx;
    os.wanted++;
}

static void on_given(void *ctx, const uint8_t *bytes, size_t size)
{
    (void)ctx;
    CHECK(size < sizeof os.clipboard);
    memcpy(os.clipboard, bytes, size);
}

static void on_screen(void *ctx, const struct msg_xconf *xconf)
{
    (void)ctx;
    os.screens += xconf->w == 800 && xconf->h == 600;
}

static void on_redraw(void *ctx, uint32_t window)
{
    (void)ctx;
    (void)window;
    os.redraws++;
}

static const struct gui_agent_ops ops = {
    on_key,   on_button, on_motion, on_crossing, on_focus, on_keymap, on_configure,
    on_close, on_flags,  on_wanted, on_given,    on_screen, on_redraw,
};

static struct gui_agent_state window_state(uint32_t width, const char *title)
{
    struct gui_agent_state state = {.x = -5, .y = 6, .width = width, .height = 20, .mapped = true};

    strcpy(state.title, title);
    return state;
}

/* The daemon connects and greets. */
static void connect_daemon(void)
{
    const struct msg_xconf xconf = {800, 600, 24, 1875};
    uint8_t greeting[GUI_VERSION_SIZE + GUI_XCONF_SIZE];
    const uint8_t hello[4] = {4, 0, 1, 0};

    memset(&pipe, 0, sizeof pipe);
    pipe.window = 1u << 20;
    CHECK(gui_agent_connect(&agent, pipe_transport(&pipe)) == GUI_OK);
    CHECK(gui_agent_pump(&agent) == GUI_OK && !gui_agent_ready(&agent));
    CHECK(pipe.from_size == 4 && memcmp(pipe.from_link, hello, 4) == 0);
    pipe.from_size = 0;
    gui_encode_version(GUI_PROTOCOL_VERSION, greeting);
    gui_encode_xconf(&xconf, greeting + GUI_VERSION_SIZE);
    pipe_give(&pipe, greeting, sizeof greeting);
    CHECK(gui_agent_pump(&agent) == GUI_OK && gui_agent_ready(&agent));
}

static void begin(void)
{
    memset(&os, 0, sizeof os);
    gui_agent_init(&agent, &ops, NULL);
}

/* Asserts the types of all messages that the daemon got, up to a 0. */
static void expect(const uint32_t *types)
{
    struct gui_message message;

    gui_agent_pump(&agent);
    for (; *types; types++) {
        CHECK(pipe_next(&pipe, GUI_TO_DAEMON, &message));
        CHECK(message.type == *types);
    }
    CHECK(!pipe_next(&pipe, GUI_TO_DAEMON, &message) && pipe.from_size == 0);
}

#define EXPECT(...) expect((const uint32_t[]){__VA_ARGS__, 0})

/* As an agent does it that has the whole image: what is wanted, then that part. */
static enum gui_status show(uint32_t window, uint32_t width, uint32_t height, const uint32_t *image, size_t stride,
                            struct gui_rect *damage)
{
    if (!gui_agent_wants(&agent, window, width, height, damage))
        return GUI_OK;
    return gui_agent_image(&agent, window, width, height, image + damage->y * stride + damage->x, stride, damage);
}

static void only_differences_are_told(void)
{
    struct gui_agent_state state = window_state(10, "one");

    begin();
    connect_daemon();
    CHECK(os.screens == 1);
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_OK);
    EXPECT(MSG_CREATE, MSG_WMNAME, MSG_MAP);
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_OK);
    EXPECT(0);
    state.x++;
    strcpy(state.title, "two");
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_OK);
    EXPECT(MSG_CONFIGURE, MSG_WMNAME);
    state.mapped = false;
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_OK);
    EXPECT(MSG_UNMAP);
    state.cursor = GUI_CURSOR_X11 + 152;
    state.hints.flags = GUI_HINT_MIN_SIZE;
    strcpy(state.res_class, "Class");
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_OK);
    EXPECT(MSG_WMCLASS, MSG_WINDOW_HINTS, MSG_CURSOR);
    state.width = 0;
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_TOO_LARGE);
    gui_agent_remove(&agent, 7);
    gui_agent_remove(&agent, 7);
    EXPECT(MSG_DESTROY);
    gui_agent_free(&agent);
}

static void a_daemon_that_comes_later_hears_everything(void)
{
    struct gui_agent_state state = window_state(10, "one");
    uint32_t pixels[200] = {0};
    struct gui_rect damage = {0, 0, 1, 1};
    struct gui_message message;

    begin();
    CHECK(gui_agent_pump(&agent) == GUI_CLOSED);
    CHECK(gui_agent_update(&agent, 7, &state) == GUI_OK);
    for (unsigned time = 1; time <= 2; time++) {
        connect_daemon();
        EXPECT(MSG_CREATE, MSG_WMNAME, MSG_MAP);
        CHECK(os.redraws == time);
        damage = (struct gui_rect){0, 0, 1, 1};
        CHECK(show(7, 10, 20, pixels, 10, &damage) == GUI_OK);
        gui_agent_pump(&agent);
        CHECK(pipe_next(&pipe, GUI_TO_DAEMON, &message) && message.type == MSG_WINDOW_DUMP);
        CHECK(message.body.dump.part.width == 10 && message.body.dump.part.height == 20);
        EXPECT(MSG_SHMIMAGE);
        pipe.closed = true;
        CHECK(gui_agent_pump(&agent) == GUI_CLOSED);
        gui_agent_disconnect(&agent);
    }
    gui_agent_free(&agent);
}

static void windows_not_seen_in_a_scan_are_gone(void)
{
    struct gui_agent_state state = window_state(10, "");

    begin();
    connect_daemon();
    for (uint32_t id = 1; id <= 3; id++)
        CHECK(gui_agent_update(&agent, id, &state) == GUI_OK);
    EXPECT(MSG_CREATE, MSG_MAP, MSG_CREATE, MSG_MAP, MSG_CREATE, MSG_MAP);
    gui_agent_begin_scan(&agent);
    CHECK(gui_agent_update(&agent, 2, &state) == GUI_OK);
    gui_agent_end_scan(&agent);
    EXPECT(MSG_DESTROY, MSG_DESTROY);
    CHECK(gui_agent_find(&agent, 2) && !gui_agent_find(&agent, 1) && !gui_agent_find(&agent, 3));
    gui_agent_free(&agent);
}

static void an_image_is_sent_in_parts_and_only_the_damage(void)
{
    enum { WIDTH = 1000, HEIGHT = 100, STRIDE = 1010 };
    static uint32_t pixels[STRIDE * HEIGHT];
    struct gui_agent_state state = window_state(WIDTH, "");
    struct gui_rect damage = {3, 2, 2, 2};
    struct gui_message message;

    for (uint32_t i = 0; i < STRIDE * HEIGHT; i++)
        pixels[i] = 0xaa000000 | i;
    begin();
    connect_daemon();
    CHECK(gui_agent_update(&agent, 1, &state) == GUI_OK);
    EXPECT(MSG_CREATE, MSG_MAP);
    CHECK(!gui_agent_wants(&agent, 9, WIDTH, HEIGHT, &damage));
    CHECK(gui_agent_image(&agent, 9, WIDTH, HEIGHT, pixels, STRIDE, &damage) == GUI_UNKNOWN_WINDOW);
    CHECK(gui_agent_image(&agent, 1, 4, 3, pixels, STRIDE, &damage) == GUI_OUT_OF_BOUNDS);
    CHECK(gui_agent_image(&agent, 1, 0, 3, pixels, STRIDE, &damage) == GUI_TOO_LARGE);
    CHECK(show(1, WIDTH, HEIGHT, pixels, STRIDE, &damage) == GUI_OK);
    CHECK(gui_rect_empty(damage));
    EXPECT(MSG_WINDOW_DUMP, MSG_WINDOW_DUMP, MSG_SHMIMAGE);

    damage = (struct gui_rect){3, 2, 2, 2};
    CHECK(show(1, WIDTH, HEIGHT, pixels, STRIDE, &damage) == GUI_OK);
    gui_agent_pump(&agent);
    CHECK(pipe_next(&pipe, GUI_TO_DAEMON, &message) && message.type == MSG_WINDOW_DUMP);
    CHECK(message.body.dump.part.x == 3 && message.body.dump.part.y == 2 && message.data_size == 16);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t number = (2 + i / 2) * STRIDE + 3 + i % 2;
        const uint8_t *p = message.data + 4 * i;

        CHECK(p[0] == (uint8_t)number && p[1] == (uint8_t)(number >> 8) && p[2] == (uint8_t)(number >> 16) && !p[3]);
    }
    CHECK(pipe_next(&pipe, GUI_TO_DAEMON, &message) && message.type == MSG_SHMIMAGE);
    CHECK(message.body.shmimage.x == 3 && message.body.shmimage.y == 2 && message.body.shmimage.height == 2);
    gui_agent_free(&agent);
}

static void pixels_wait_for_a_daemon_that_does_not_read(void)
{
    enum { WIDTH = 1000, HEIGHT = 1000 };
    static uint32_t pixels[WIDTH * HEIGHT];
    struct gui_agent_state state = window_state(WIDTH, "");
    struct gui_rect damage = {0, 0, WIDTH, HEIGHT};
    struct gui_message message;
    uint64_t area = 0;

    begin();
    connect_daemon();
    CHECK(gui_agent_update(&agent, 1, &state) == GUI_OK);
    pipe.window = 0;
    while (show(1, WIDTH, HEIGHT, pixels, WIDTH, &damage) == GUI_OK &&
           gui_link_backlog(&agent.link) < 1u << 20)
        CHECK(gui_agent_pump(&agent) == GUI_OK);
    CHECK(!gui_rect_empty(damage) && gui_link_backlog(&agent.link) < 2u << 20);

    pipe.window = 1u << 20;
    while (!gui_rect_empty(damage) || gui_link_backlog(&agent.link)) {
        CHECK(gui_agent_pump(&agent) == GUI_OK);
        CHECK(show(1, WIDTH, HEIGHT, pixels, WIDTH, &damage) == GUI_OK);
        while (pipe_next(&pipe, GUI_TO_DAEMON, &message)) {
            if (message.type == MSG_SHMIMAGE)
                area += (uint64_t)message.body.shmimage.width * message.body.shmimage.height;
        }
    }
    CHECK(area == WIDTH * HEIGHT);
    gui_agent_free(&agent);
}

static void a_daemon_that_never_reads_is_given_up(void)
{
    struct gui_agent_state state = window_state(10, "");
    enum gui_status status = GUI_OK;

    begin();
    connect_daemon();
    pipe.window = 0;
    for (uint32_t i = 0; i < 200000 && status == GUI_OK; i++) {
        state.x = (int32_t)i;
        status = gui_agent_update(&agent, 1, &state);
    }
    CHECK(status == GUI_FULL && gui_agent_pump(&agent) == GUI_FULL);
    gui_agent_free(&agent);
}

static void a_wish_for_geometry_is_always_answered(void)
{
    struct gui_agent_state state = window_state(10, "");
    struct gui_message wish = {.type = MSG_CONFIGURE, .window = 1}, answer;
    const uint32_t widths[] = {30, 30, 0, GUI_MAX_WIDTH + 1};

    begin();
    connect_daemon();
    CHECK(gui_agent_update(&agent, 1, &state) == GUI_OK);
    EXPECT(MSG_CREATE, MSG_MAP);
    for (size_t i = 0; i < 4; i++) {
        wish.body.configure = (struct msg_configure){1, (uint32_t)-2, widths[i], 40, 0};
        pipe_send(&pipe, GUI_TO_AGENT, &wish);
        CHECK(gui_agent_pump(&agent) == GUI_OK && pipe_next(&pipe, GUI_TO_DAEMON, &answer));
        CHECK(answer.type == MSG_CONFIGURE && answer.body.configure.width == 30);
        CHECK(answer.body.configure.y == (uint32_t)-2 && gui_agent_find(&agent, 1)->y == -2);
    }
    os.refuse_width = 25;
    pipe_send(&pipe, GUI_TO_AGENT, &wish);
    wish.body.configure.width = 50;
    pipe_send(&pipe, GUI_TO_AGENT, &wish);
    EXPECT(MSG_CONFIGURE, MSG_CONFIGURE);
    CHECK(gui_agent_find(&agent, 1)->width == 25);
    gui_agent_free(&agent);
}

static void input_reaches_the_operating_system(void)
{
    struct gui_agent_state state = window_state(10, "");
    struct gui_message message = {.type = MSG_KEYPRESS, .window = 1};

    begin();
    connect_daemon();
    CHECK(gui_agent_update(&agent, 1, &state) == GUI_OK);
    message.body.keypress = (struct msg_keypress){GUI_KEY_PRESS, 0, 0, 0, 38};
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message.window = 2; /* no such window: dropped */
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_BUTTON, .window = 1};
    message.body.button.button = 3;
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_MOTION, .window = 1};
    message.body.motion.x = 11;
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_CROSSING, .window = 1};
    message.body.crossing.type = GUI_ENTER;
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_FOCUS, .window = 1};
    message.body.focus.type = GUI_FOCUS_IN;
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_KEYMAP_NOTIFY};
    message.body.keymap.keys[4] = 0x40;
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_WINDOW_FLAGS, .window = 1};
    message.body.flags = (struct msg_window_flags){4, 2};
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_CLIPBOARD_REQ};
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_CLIPBOARD_DATA, .data = (const uint8_t *)"text", .data_size = 4};
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    message = (struct gui_message){.type = MSG_CLOSE, .window = 1};
    pipe_send(&pipe, GUI_TO_AGENT, &message);
    EXPECT(MSG_CREATE, MSG_MAP, MSG_DESTROY);
    CHECK(os.keys == 1 && os.last_window == 1 && os.buttons == 3 && os.motions == 11 && os.crossings == 1);
    CHECK(os.focuses == 1 && os.keymaps == 1 && os.flags == 42 && os.wanted == 1 && os.closes == 1);
    CHECK(memcmp(os.clipboard, "text", 5) == 0);
    gui_agent_free(&agent);
}

static void clipboards_are_cut_between_characters(void)
{
    static char text[GUI_MAX_CLIPBOARD + 10];
    struct gui_message message;

    begin();
    connect_daemon();
    memset(text, 'a', sizeof text);
    memcpy(text + GUI_MAX_CLIPBOARD - 1, "\xc3\xa9", 2);
    CHECK(gui_agent_clipboard(&agent, text, sizeof text) == GUI_OK && gui_agent_pump(&agent) == GUI_OK);
    CHECK(pipe_next(&pipe, GUI_TO_DAEMON, &message) && message.data_size == GUI_MAX_CLIPBOARD - 1);
    CHECK(gui_agent_clipboard(&agent, "", 0) == GUI_OK && gui_agent_flags(&agent, 1, 1, 2) == GUI_OK);
    EXPECT(MSG_CLIPBOARD_DATA, MSG_WINDOW_FLAGS);
    gui_agent_free(&agent);
}

static void a_daemon_of_another_version_is_refused(void)
{
    const uint8_t greeting[GUI_VERSION_SIZE + GUI_XCONF_SIZE] = {0, 0, 2, 0};

    begin();
    memset(&pipe, 0, sizeof pipe);
    pipe.window = 100;
    CHECK(gui_agent_connect(&agent, pipe_transport(&pipe)) == GUI_OK);
    pipe_give(&pipe, greeting, sizeof greeting);
    CHECK(gui_agent_pump(&agent) == GUI_BAD_VERSION && !gui_agent_ready(&agent));
    gui_agent_free(&agent);
}

int main(void)
{
    only_differences_are_told();
    a_daemon_that_comes_later_hears_everything();
    windows_not_seen_in_a_scan_are_gone();
    an_image_is_sent_in_parts_and_only_the_damage();
    pixels_wait_for_a_daemon_that_does_not_read();
    a_daemon_that_never_reads_is_given_up();
    a_wish_for_geometry_is_always_answered();
    input_reaches_the_operating_system();
    clipboards_are_cut_between_characters();
    a_daemon_of_another_version_is_refused();
    return 0;
}
