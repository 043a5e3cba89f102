/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of libvchan for a stream; apart from stream.c so that programs can use both. */
#include "libvchan.h"

#include "vchan-stream.h"

int libvchan_write(libvchan_t *vchan, const void *data, size_t size)
{
    return vchan_stream_write(vchan, data, size);
}

int libvchan_send(libvchan_t *vchan, const void *data, size_t size)
{
    return vchan_stream_send(vchan, data, size);
}

int libvchan_read(libvchan_t *vchan, void *data, size_t size)
{
    return vchan_stream_read(vchan, data, size);
}

int libvchan_recv(libvchan_t *vchan, void *data, size_t size)
{
    return vchan_stream_recv(vchan, data, size);
}

int libvchan_wait(libvchan_t *vchan)
{
    return vchan_stream_wait(vchan, -1) < 0 ? -1 : 0;
}

libvchan_fd libvchan_fd_for_select(libvchan_t *vchan)
{
    return vchan_stream_handle(vchan);
}

int libvchan_is_open(libvchan_t *vchan)
{
    return vchan_stream_is_open(vchan);
}

int libvchan_data_ready(libvchan_t *vchan)
{
    return vchan_stream_data_ready(vchan);
}

int libvchan_buffer_space(libvchan_t *vchan)
{
    return vchan_stream_buffer_space(vchan);
}

void libvchan_close(libvchan_t *vchan)
{
    vchan_stream_close(vchan);
}
