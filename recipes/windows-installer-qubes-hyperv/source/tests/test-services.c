/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of services. */
#include "services.h"

#include "check.h"

static bool reads(const char *content)
{
    services all;
    put("list", content);
    return services_read(at("list"), &all);
}

int main(void)
{
    services all;
    put("list", "service\tOne\ndisplay\tThe one\nprogram\tbin/a.exe\narguments\t--x \"y\"\nstart\tdelayed\n"
                "account\tLocalService\ndepends\tRpcSs\ndepends\tTwo\nrestart\t1000\nrestart\t5000\n"
                "service\tTwo\nprogram\tb.exe\n");
    CHECK(services_read(at("list"), &all) && all.count == 2);
    service one = all.items[0], two = all.items[1];
    CHECK(strcmp(one.display, "The one") == 0 && one.start == START_DELAYED && one.depends.count == 2);
    CHECK(strcmp(one.account, "NT AUTHORITY\\LocalService") == 0 && one.restart_count == 2 && one.restarts[1] == 5000);
    CHECK(strcmp(two.display, "Two") == 0 && two.account == NULL && two.start == START_AUTO);
    CHECK(strcmp(services_command(&one, "C:\\Program Files\\P"), "\"C:\\Program Files\\P\\bin\\a.exe\" --x \"y\"") == 0);
    CHECK(strcmp(services_command(&two, "C:\\P"), "\"C:\\P\\b.exe\"") == 0);
    CHECK(reads("") && reads("service\tA\nprogram\tb\n"));
    CHECK(!reads("program\tb\n") && !reads("service\tA\n") && !reads("service\t\nprogram\tb\n"));
    CHECK(!reads("service\tA\nprogram\t../b\n") && !reads("service\tA\nprogram\tb\nstart\tsoon\n"));
    CHECK(!reads("service\tA\nprogram\tb\naccount\troot\n") && !reads("service\tA\nprogram\tb\ncolour\tred\n"));
    CHECK(!reads("service\tA\nprogram\tb\nrestart\t1\nrestart\t1\nrestart\t1\nrestart\t1\n"));
    CHECK(!reads("service\tA\nprogram\tb\nrestart\t-1\n") && !reads("service\tA\nprogram\tb"));
    return 0;
}
