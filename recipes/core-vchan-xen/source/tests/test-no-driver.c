/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs under Wine, with the real libvchan.dll: what a program sees on a Windows without xeniface. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "expect.h"
#include "libvchan.h"

int main(void)
{
    char text[512] = "";

    EXPECT(freopen("said.txt", "wb", stderr) != NULL);
    EXPECT(libvchan_server_init(-1, 512, 0, 0) == NULL && errno == EINVAL);
    EXPECT(libvchan_client_init(5, -1) == NULL && errno == EINVAL);
    EXPECT(libvchan_server_init(5, 512, (1 << 20) + 1, 0) == NULL && errno == ENOMEM);
    EXPECT(libvchan_server_init(5, 512, 4096, 4096) == NULL && errno == EAFNOSUPPORT);
    EXPECT(libvchan_client_init(5, 512) == NULL && errno == EAFNOSUPPORT);
    libvchan_close(NULL);
    fflush(stderr);
    FILE *file = fopen("said.txt", "rb");
    EXPECT(file != NULL);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    const char *first = strstr(text, "no device of the driver xeniface");
    EXPECT(first != NULL);
    EXPECT(strstr(first + 1, "no device") == NULL); /* said once */
    puts("test-no-driver: the missing driver is explained");
    return 0;
}
