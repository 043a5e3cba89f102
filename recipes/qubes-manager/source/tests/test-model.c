/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The model with real files, threads and driver processes. Arguments: an empty scratch directory, this program. */
#include "world.h"

static model shows;

static int wait_for_jobs(void)
{
    for (int turn = 0; turn < WAIT_TURNS && model_is_busy(&shows); turn++) {
        model_collect(&shows);
        nap();
    }
    return !model_is_busy(&shows);
}

static void select_name(const char *name)
{
    for (size_t i = 0; i < shows.domains.count; i++)
        if (strcmp(shows.domains.items[i].name, name) == 0)
            model_select(&shows, (int)i);
    CHECK_TEXT(shows.selected, name);
}

static const char *state_of(const char *name)
{
    for (size_t i = 0; i < shows.domains.count; i++)
        if (strcmp(shows.domains.items[i].name, name) == 0)
            return model_cell(&shows, i, COLUMN_STATE);
    return "?";
}

static void the_list_shows_all_domains(void)
{
    CHECK(model_selected_index(&shows) == -1);
    CHECK(model_reload(&shows));
    CHECK(!model_reload(&shows)); /* nothing new */
    CHECK(shows.domains.count == 4);
    CHECK_TEXT(model_cell(&shows, 0, COLUMN_NAME), "dom0");
    CHECK_TEXT(model_cell(&shows, 0, COLUMN_STATE), "Running");
    CHECK_TEXT(model_cell(&shows, 2, COLUMN_NAME), "work");
    CHECK_TEXT(model_cell(&shows, 2, COLUMN_STATE), "Halted");
    CHECK_TEXT(model_cell(&shows, 2, COLUMN_CLASS), "AppVM");
    CHECK_TEXT(model_cell(&shows, 2, COLUMN_TEMPLATE), "deb");
    CHECK_TEXT(model_cell(&shows, 2, COLUMN_NETVM), "");
    CHECK_TEXT(model_column_name(COLUMN_NETVM), "Network");
}

static void the_selection_follows_its_domain(void)
{
    model_move(&shows, 1);
    CHECK_TEXT(shows.selected, "dom0");
    model_move(&shows, -1);
    CHECK_TEXT(shows.selected, "dom0");
    model_move(&shows, 100);
    CHECK_TEXT(shows.selected, "zebra");
    model_select(&shows, 99);
    model_select(&shows, -1);
    CHECK_TEXT(shows.selected, "zebra");
    create("alpha", NULL, "deb", "red");
    CHECK(model_reload(&shows));
    CHECK(model_selected_index(&shows) == 4);
    CHECK(qubes_domain_remove(&world, "zebra", true, NULL) == QUBES_OK);
    CHECK(model_reload(&shows));
    CHECK(model_selected_index(&shows) == -1 && !shows.selected[0]);
}

static void only_what_makes_sense_can_be_done(void)
{
    CHECK(!model_can(&shows, ACTION_START) && !model_can(&shows, ACTION_STOP) && model_can(&shows, ACTION_REFRESH));
    select_name("dom0");
    CHECK(!model_can(&shows, ACTION_START) && !model_can(&shows, ACTION_STOP));
    select_name("work");
    CHECK(model_can(&shows, ACTION_START) && !model_can(&shows, ACTION_STOP));
    model_act(&shows, ACTION_STOP); /* not possible: nothing happens */
    CHECK(!model_is_busy(&shows));
}

static void a_start_goes_on_in_the_background(void)
{
    world_write("hang", "");
    select_name("work");
    model_act(&shows, ACTION_START);
    CHECK(model_is_busy(&shows));
    CHECK_TEXT(state_of("work"), "Starting");
    CHECK_TEXT(shows.message, "Start work ...");
    CHECK(!model_can(&shows, ACTION_START) && !model_can(&shows, ACTION_STOP));
    for (int turn = 0; turn < WAIT_TURNS && !world_has("hanging"); turn++)
        nap();
    CHECK(world_has("hanging"));
    select_name("alpha"); /* others are not in the way */
    CHECK(model_can(&shows, ACTION_START));
    CHECK(remove(world_file("hang")) == 0);
    CHECK(wait_for_jobs());
    CHECK_TEXT(shows.message, "Start work: done");
    CHECK(model_reload(&shows));
    CHECK_TEXT(state_of("work"), "Running");
    select_name("work");
    CHECK(model_can(&shows, ACTION_STOP) && !model_can(&shows, ACTION_START));
}

static void a_failure_is_said_and_changes_nothing(void)
{
    world_write("fail", "");
    model_act(&shows, ACTION_STOP);
    CHECK(wait_for_jobs());
    CHECK(shows.is_error);
    CHECK_TEXT(shows.message, "the VMM driver failed with exit code 3: no power");
    model_reload(&shows);
    CHECK_TEXT(state_of("work"), "Running");
    CHECK(remove(world_file("fail")) == 0);
    model_act(&shows, ACTION_REFRESH); /* the driver says that nothing runs */
    CHECK(!model_can(&shows, ACTION_REFRESH));
    CHECK(wait_for_jobs());
    CHECK(model_reload(&shows));
    CHECK_TEXT(state_of("work"), "Halted");
}

static void a_damaged_file_is_said_and_the_list_stays(void)
{
    world_write("data/domains/alpha/domain.conf", "nonsense\n");
    CHECK(model_reload(&shows));
    CHECK(!model_reload(&shows));
    CHECK(shows.is_error && strstr(shows.message, "domain.conf:1: not a domain file") != NULL);
    CHECK(shows.domains.count == 4);
    world_write("data/domains/alpha/domain.conf", "qubes-domain 1\nid = 9\nclass = StandaloneVM\nlabel = red\n");
    CHECK(model_reload(&shows));
    CHECK_TEXT(shows.message, "");
}

static char properties[8192];

static void remember(void *context, const char *key, const char *value)
{
    (void)context;
    size_t used = strlen(properties);
    snprintf(properties + used, sizeof properties - used, "%s=%s\n", key, value);
}

static void the_selected_domain_shows_its_properties(void)
{
    select_name("work");
    model_each_property(&shows, remember, NULL);
    CHECK(strstr(properties, "name=work\nid=2\nclass=AppVM\nlabel=blue\nstate=Halted\ntemplate=deb\n") == properties);
    CHECK(strstr(properties, "memory=1024\n") != NULL);
}

int main(int argc, char **argv)
{
    qubes_paths paths;
    if (argc > 1 && (strcmp(argv[1], "start") == 0 || strcmp(argv[1], "stop") == 0 || strcmp(argv[1], "list") == 0))
        return world_driver(argc);
    if (argc != 3)
        return 2;
    world_begin(argv[1], argv[2]);
    paths = world;
    model_init(&shows, &paths);
    the_list_shows_all_domains();
    the_selection_follows_its_domain();
    only_what_makes_sense_can_be_done();
    a_start_goes_on_in_the_background();
    a_failure_is_said_and_changes_nothing();
    a_damaged_file_is_said_and_the_list_stays();
    the_selected_domain_shows_its_properties();
    model_free(&shows);
    return test_report("model");
}
