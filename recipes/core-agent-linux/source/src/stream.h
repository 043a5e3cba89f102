/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How processes make streams of the ends of their pipes. */
#ifndef QREXEC_STREAM_H
#define QREXEC_STREAM_H

#include "qrexec/os.h"

#ifdef _WIN32
/* A stream that reads from, or writes to, a handle of any kind. Owns it, on failure too. */
struct os_stream *os_stream_over(HANDLE handle, bool writes);
#else
/* A stream over a descriptor. Owns it, on failure too. */
struct os_stream *os_stream_over(int fd);
#endif

#endif
