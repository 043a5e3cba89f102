/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One name for the two kinds of byte channel. */
#include "qrexec/carrier.h"

struct qrexec_carrier_kind {
    int (*read)(void *of, void *data, size_t size);
    int (*write)(void *of, const void *data, size_t size);
    int (*data_ready)(void *of);
    int (*buffer_space)(void *of);
    int (*is_open)(void *of);
    void (*close)(void *of);
    os_handle (*handle)(void *of);
    void (*fired)(void *of);
};

/* Both families of functions as ones that take a pointer to anything. */
#define FAMILY(prefix, type)                                            \
    static int prefix##_read_of(void *of, void *data, size_t size)      \
    {                                                                   \
        return prefix##_read((type *)of, data, size);                   \
    }                                                                   \
    static int prefix##_write_of(void *of, const void *data, size_t size) \
    {                                                                   \
        return prefix##_write((type *)of, data, size);                  \
    }                                                                   \
    static int prefix##_data_ready_of(void *of)                         \
    {                                                                   \
        return prefix##_data_ready((type *)of);                         \
    }                                                                   \
    static int prefix##_buffer_space_of(void *of)                       \
    {                                                                   \
        return prefix##_buffer_space((type *)of);                       \
    }                                                                   \
    static int prefix##_is_open_of(void *of)                            \
    {                                                                   \
        return prefix##_is_open((type *)of);                            \
    }                                                                   \
    static void prefix##_close_of(void *of)                             \
    {                                                                   \
        prefix##_close((type *)of);                                     \
    }

FAMILY(libvchan, libvchan_t)
FAMILY(vchan_stream, vchan_stream)

static os_handle vchan_handle_of(void *of)
{
    return libvchan_fd_for_select(of);
}

static void vchan_fired(void *of)
{
    libvchan_wait(of);
}

static os_handle stream_handle_of(void *of)
{
    return vchan_stream_handle(of);
}

static void stream_fired(void *of)
{
    vchan_stream_wait(of, 0);
}

static const struct qrexec_carrier_kind vchan_kind = {
    libvchan_read_of,    libvchan_write_of, libvchan_data_ready_of, libvchan_buffer_space_of,
    libvchan_is_open_of, libvchan_close_of, vchan_handle_of,        vchan_fired,
};

static const struct qrexec_carrier_kind stream_kind = {
    vchan_stream_read_of,    vchan_stream_write_of, vchan_stream_data_ready_of, vchan_stream_buffer_space_of,
    vchan_stream_is_open_of, vchan_stream_close_of, stream_handle_of,           stream_fired,
};

struct qrexec_carrier qrexec_carrier_of_vchan(libvchan_t *vchan)
{
    return (struct qrexec_carrier){&vchan_kind, vchan};
}

struct qrexec_carrier qrexec_carrier_of_stream(vchan_stream *stream)
{
    return (struct qrexec_carrier){&stream_kind, stream};
}

int qrexec_carrier_read(struct qrexec_carrier carrier, void *data, size_t size)
{
    return carrier.kind->read(carrier.of, data, size);
}

int qrexec_carrier_write(struct qrexec_carrier carrier, const void *data, size_t size)
{
    return carrier.kind->write(carrier.of, data, size);
}

int qrexec_carrier_data_ready(struct qrexec_carrier carrier)
{
    return carrier.kind->data_ready(carrier.of);
}

int qrexec_carrier_buffer_space(struct qrexec_carrier carrier)
{
    return carrier.kind->buffer_space(carrier.of);
}

int qrexec_carrier_is_open(struct qrexec_carrier carrier)
{
    return carrier.kind->is_open(carrier.of);
}

void qrexec_carrier_close(struct qrexec_carrier carrier)
{
    if (carrier.kind != NULL)
        carrier.kind->close(carrier.of);
}

struct os_wait_item qrexec_carrier_item(struct qrexec_carrier carrier)
{
    return (struct os_wait_item){.handle = carrier.kind->handle(carrier.of)};
}

void qrexec_carrier_fired(struct qrexec_carrier carrier)
{
    carrier.kind->fired(carrier.of);
}
