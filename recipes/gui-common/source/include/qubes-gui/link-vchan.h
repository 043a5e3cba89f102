/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/*
 * A libvchan connection as a transport. Header only: programs link whichever libvchan their
 * product has, and this library needs none.
 */
#ifndef QUBES_GUI_LINK_VCHAN_H
#define QUBES_GUI_LINK_VCHAN_H

#include <libvchan.h>

#include <qubes-gui/link.h>

static inline int gui_vchan_ready(void *stream)
{
    return libvchan_data_ready((libvchan_t *)stream);
}

static inline int gui_vchan_space(void *stream)
{
    return libvchan_buffer_space((libvchan_t *)stream);
}

static inline int gui_vchan_read(void *stream, void *bytes, size_t size)
{
    return libvchan_read((libvchan_t *)stream, bytes, size);
}

static inline int gui_vchan_write(void *stream, const void *bytes, size_t size)
{
    return libvchan_write((libvchan_t *)stream, bytes, size);
}

static inline bool gui_vchan_open(void *stream)
{
    return libvchan_is_open((libvchan_t *)stream) == VCHAN_CONNECTED;
}

static inline struct gui_transport gui_vchan_transport(libvchan_t *vchan)
{
    return (struct gui_transport){vchan, gui_vchan_ready, gui_vchan_space, gui_vchan_read, gui_vchan_write,
                                  gui_vchan_open};
}

#endif
