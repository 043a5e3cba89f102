/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the two ends of a channel meet in XenStore: the layout that libxenvchan's users share. */
#ifndef VCHAN_XEN_PATHS_H
#define VCHAN_XEN_PATHS_H

#include <stdbool.h>

#define VCHAN_PATH_SIZE 96

/* data/vchan/<client>/<port>, below the server's own directory. */
bool vchan_server_path(char path[VCHAN_PATH_SIZE], int client, int port);

/* The same as others name it: /local/domain/<server>/data/vchan/<client>/<port>. Both: false with EINVAL. */
bool vchan_client_path(char path[VCHAN_PATH_SIZE], int server, int client, int port);

/* A domain's number as XenStore has it: decimal digits and nothing else. -1 for any other text. */
int vchan_domain_number(const char *text);

#endif
