/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Importing documents: everything that is a document, nothing else, never over something. */
#include "profile.h"

#include "check.h"

int main(void)
{
    profile_count count;
    list folders = {0}, hostile = {0};
    list_add(&folders, "Documents");
    list_add(&folders, "Music");
    list_add(&hostile, "../other");
    put("other/secret", "x");
    put("me/Documents/a.txt", "a");
    put("me/Documents/deep/er/b.txt", "bb");
    put("me/Documents/.hidden", "x");
    put("me/Secrets/c.txt", "c");
    put("to/Documents/deep/kept.txt", "kept");
    put("me/Documents/deep/kept.txt", "other");
    CHECK(symlink(at("other"), at("me/Documents/link")) == 0);
    CHECK(profile_import(at("me"), at("to"), &folders, &count));
    CHECK(has("to/Documents/a.txt", "a") && has("to/Documents/deep/er/b.txt", "bb"));
    CHECK(has("to/Documents/deep/kept.txt", "kept") && has("to/Documents/link", NULL) && has("to/Secrets", NULL));
    CHECK(has("to/Documents/.hidden", NULL) && has("to/Music", NULL));
    CHECK(count.copied == 2 && count.present == 1 && count.left_out == 2 && count.bytes == 3);
    CHECK(profile_import(at("me"), at("to"), &folders, &count) && count.copied == 0 && count.present == 3);
    CHECK(!profile_import(at("me"), at("to"), &hostile, &count) && !profile_import(at("absent"), at("to"), &folders, &count));
    /* A target within the profile is not copied into itself. */
    CHECK(profile_import(at("me"), at("me/Documents/domain"), &folders, &count));
    CHECK(has("me/Documents/domain/Documents/a.txt", "a") && has("me/Documents/domain/Documents/domain", NULL));
    return 0;
}
