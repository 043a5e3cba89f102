/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths and trees: nothing outside is ever meant or touched. */
#include "check.h"

static void paths(void)
{
    static const char *const good[] = {"a", "a/b", "bin/a b.exe", "a/.b", "\xc3\xbc/x", "a$(b)/{c}", "..a", "a..b"};
    static const char *const bad[] = {"",     "/",     "/a",   "a/",   "a//b", ".",   "..",  "a/..", "../a",
                                      "a/./b", "a\\b", "C:/a", "C:",   "a:b",  "a*",  "a?",  "a|b",  "a\"b",
                                      "a<b",  "a.",    "a ",   "a /b", "a\tb", "a\x7f", "a\nb"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(relative_path_is_sound(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!relative_path_is_sound(bad[i]));
}

static void lists(void)
{
    list written = {0}, read = {0};
    list_add(&written, "b/c");
    list_add(&written, "a d");
    CHECK(write_paths(at("list"), &written) && has("list", "b/c\na d\n") && has("list.part", NULL));
    CHECK(read_paths(at("list"), &read) && read.count == 2 && strcmp(read.items[1], "a d") == 0);
    read = (list){0};
    CHECK(read_paths(at("absent"), &read) && read.count == 0);
    put("list", "a\n../b\n");
    CHECK(!read_paths(at("list"), &read));
    put("list", "a\nb"); /* cut off */
    CHECK(!read_paths(at("list"), &read));
}

static void removing(void)
{
    list files = {0};
    put("outside/precious", "x");
    put("tree/a/b/file", "x");
    CHECK(symlink(at("outside"), at("tree/a/link")) == 0);
    CHECK(!files_below(at("tree"), &files)); /* a link is not a file to install */
    CHECK(remove_tree(at("tree")) && os_kind(at("tree")) == NOTHING && has("outside/precious", "x"));
    CHECK(symlink(at("outside"), at("link")) == 0);
    CHECK(remove_tree(at("link")) && has("outside/precious", "x"));
}

static void emptied(void)
{
    list files = {0};
    list_add(&files, "a/b/c/gone");
    list_add(&files, "d/gone");
    put("tree/a/b/mine", "x");
    CHECK(make_directories(at("tree/a/b/c")) && make_directories(at("tree/d")));
    remove_empty_directories(at("tree"), &files);
    CHECK(has("tree/a/b/mine", "x") && os_kind(at("tree/a/b/c")) == NOTHING && os_kind(at("tree/d")) == NOTHING);
    put("file", "x");
    CHECK(!make_directories(at("file/below")));
}

int main(void)
{
    paths();
    lists();
    removing();
    emptied();
    return 0;
}
