/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Where things are in the window without a toolkit, and what is under the pointer. */
#include "layout.h"
#include "test.h"

static qubes_domain domains[50];
static model shows = {.domains = {50, domains}};

static layout_hit hit(const layout *places, layout_rect rect)
{
    return layout_find(places, shows.domains.count, rect.x + rect.width / 2, rect.y + rect.height / 2);
}

static void everything_is_hit_where_it_is_drawn(void)
{
    layout places;
    layout_make(&shows, 960, 560, 0, &places);
    for (int i = 0; i < ACTION_COUNT; i++)
        CHECK(hit(&places, places.buttons[i]).kind == HIT_BUTTON && hit(&places, places.buttons[i]).index == i);
    for (int row = 0; row < places.visible; row++)
        CHECK(hit(&places, layout_row(&places, row)).kind == HIT_ROW && hit(&places, layout_row(&places, row)).index == row);
    CHECK(hit(&places, layout_row(&places, places.visible)).kind != HIT_ROW);
    CHECK(layout_find(&places, 50, places.list.x + 1, places.list.y + 1).kind == HIT_NOTHING); /* the head */
    CHECK(hit(&places, places.details).kind == HIT_NOTHING && hit(&places, places.message).kind == HIT_NOTHING);
    CHECK(layout_find(&places, 2, places.list.x + 5, layout_row(&places, 2).y + 1).kind == HIT_NOTHING);
}

static void nothing_overlaps_or_leaves_the_window(void)
{
    layout places;
    layout_make(&shows, 960, 560, 0, &places);
    CHECK(places.list.x + places.list.width < places.details.x);
    CHECK(places.details.x + places.details.width <= 960);
    CHECK(places.list.y + places.list.height < places.buttons[0].y);
    CHECK(places.buttons[0].y + places.buttons[0].height < places.message.y);
    CHECK(places.message.y + places.message.height <= 560);
    for (int i = 1; i < COLUMN_COUNT; i++)
        CHECK(places.columns[i] > places.columns[i - 1]);
    CHECK(places.columns[COLUMN_COUNT - 1] < places.list.x + places.list.width);
}

static void the_selected_row_is_scrolled_into_view(void)
{
    layout places;
    model_select(&shows, 49);
    layout_make(&shows, 960, 560, 0, &places);
    CHECK(places.first + places.visible == 50);
    model_select(&shows, 3);
    layout_make(&shows, 960, 560, places.first, &places);
    CHECK(places.first == 3);
    model_select(&shows, 4);
    layout_make(&shows, 960, 560, places.first, &places);
    CHECK(places.first == 3); /* it is in view: nothing moves */
    layout_make(&shows, 20, 20, 0, &places); /* a tiny window is no reason to fail */
    CHECK(places.visible >= 1 && places.first == 4);
}

int main(void)
{
    for (int i = 0; i < 50; i++)
        snprintf(domains[i].name, sizeof domains[i].name, "domain%d", i);
    everything_is_hit_where_it_is_drawn();
    nothing_overlaps_or_leaves_the_window();
    the_selected_row_is_scrolled_into_view();
    return test_report("layout");
}
