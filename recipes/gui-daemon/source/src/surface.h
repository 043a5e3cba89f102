/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The pixels of one window, as the app domain last sent them. */
#ifndef GUID_SURFACE_H
#define GUID_SURFACE_H

#include <stddef.h>
#include <stdint.h>

#include <qubes-gui/protocol.h>
#include <qubes-gui/rect.h>
#include <qubes-gui/status.h>

struct surface {
    uint32_t *pixels; /* 0x00RRGGBB, rows without gaps; NULL before the first dump */
    uint32_t width, height;
};

/*
 * Writes a decoded dump. *total is what all surfaces of the domain take, in bytes, and limit the
 * most they may: GUI_MEMORY_LIMIT above it, with nothing changed. Checks the dump again, whoever
 * decoded it.
 */
enum gui_status surface_write(struct surface *surface, const struct msg_window_dump_hdr *hdr,
                              const struct msg_window_dump_inband *part, const uint8_t *bytes, size_t size,
                              uint64_t *total, uint64_t limit);

/* Frees the pixels and takes them off *total. */
void surface_free(struct surface *surface, uint64_t *total);

#endif
