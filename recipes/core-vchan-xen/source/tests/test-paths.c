/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout in XenStore, and what is no domain's number. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../src/paths.h"
#include "expect.h"

int main(void)
{
    char path[VCHAN_PATH_SIZE];
    static const char *const not_numbers[] = {"", "-1", "+1", " 1", "1 ", "1x", "x", "32752", "99999999999999999999"};

    EXPECT(vchan_server_path(path, 7, 512) && strcmp(path, "data/vchan/7/512") == 0);
    EXPECT(vchan_client_path(path, 3, 7, 512) && strcmp(path, "/local/domain/3/data/vchan/7/512") == 0);
    EXPECT(vchan_client_path(path, 32751, 32751, INT_MAX) &&
           strcmp(path, "/local/domain/32751/data/vchan/32751/2147483647") == 0);
    EXPECT(!vchan_server_path(path, -1, 512) && errno == EINVAL);
    EXPECT(!vchan_server_path(path, 32752, 512) && errno == EINVAL);
    EXPECT(!vchan_client_path(path, 3, -1, 512) && errno == EINVAL);
    EXPECT(!vchan_client_path(path, 3, 7, -1) && errno == EINVAL);
    EXPECT(vchan_domain_number("0") == 0 && vchan_domain_number("32751") == 32751);
    for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++)
        EXPECT(vchan_domain_number(not_numbers[i]) == -1);
    puts("test-paths: good");
    return 0;
}
