/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids of Start menu entries: always fit for the argument of a service. */
#include <string.h>

#include "../src/app-id.h"
#include "expect.h"

static void ids(void)
{
    char id[APP_ID_SIZE];

    EXPECT(app_id_of("Notepad.lnk", id) && strcmp(id, "Notepad") == 0);
    EXPECT(app_id_of("Office\\Word 2021.LNK", id) && strcmp(id, "Office.Word_2021") == 0);
    EXPECT(app_id_of("a/b&c%d\"e.lnk", id) && strcmp(id, "a.b_c_d_e") == 0);
    EXPECT(app_id_of("\xc3\xa4.lnk", id) && strcmp(id, "__") == 0);
    EXPECT(!app_id_of("readme.txt", id) && !app_id_of(".lnk", id) && !app_id_of("", id) && !app_id_of("lnk", id));

    char path[APP_ID_SIZE + 10];
    memset(path, 'a', sizeof(path));
    strcpy(path + APP_ID_SIZE - 1, ".lnk");
    EXPECT(app_id_of(path, id) && strlen(id) == APP_ID_SIZE - 1);
    strcpy(path + APP_ID_SIZE, ".lnk");
    path[APP_ID_SIZE - 1] = 'a';
    EXPECT(!app_id_of(path, id));
}

static void names(void)
{
    char name[20];

    EXPECT(app_name_of("Office\\Word 2021.lnk", name, sizeof(name)) && strcmp(name, "Word 2021") == 0);
    EXPECT(app_name_of("Notepad.lnk", name, sizeof(name)) && strcmp(name, "Notepad") == 0);
    EXPECT(!app_name_of("Office\\.lnk", name, sizeof(name)));
    EXPECT(!app_name_of("a name that is longer.lnk", name, sizeof(name)));
}

int main(void)
{
    ids();
    names();
    return 0;
}
