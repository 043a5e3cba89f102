/* SPDX-License-Identifier: GPL-2.0-or-later */
/* With the real libxenvchan and libxenstore: what a program sees on a machine without Xen. */
#include <errno.h>
#include <unistd.h>

#include "expect.h"
#include "libvchan.h"

int main(void)
{
    EXPECT(libvchan_server_init(-1, 512, 0, 0) == NULL && errno == EINVAL);
    EXPECT(libvchan_client_init(5, -1) == NULL && errno == EINVAL);
    libvchan_close(NULL);
    if (access("/dev/xen/xenbus", F_OK) == 0 || access("/proc/xen/xenbus", F_OK) == 0) {
        puts("test-no-xen: this is a Xen domain, where other programs may be talking");
        return 0;
    }
    EXPECT(libvchan_server_init(5, 512, 4096, 4096) == NULL && errno == EAFNOSUPPORT);
    EXPECT(libvchan_client_init(5, 512) == NULL && errno == EAFNOSUPPORT);
    puts("test-no-xen: the missing XenStore is explained");
    return 0;
}
