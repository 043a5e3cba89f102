/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What can go wrong with the other end of a GUI connection, each with a stable name. */
#ifndef QUBES_GUI_STATUS_H
#define QUBES_GUI_STATUS_H

enum gui_status {
    GUI_OK,
    GUI_INCOMPLETE,      /* more bytes are needed; not a failure */
    GUI_CLOSED,          /* the other end has gone */
    GUI_FULL,            /* no room to send: the other end does not read */
    GUI_BAD_VERSION,     /* no common protocol version */
    GUI_UNKNOWN_TYPE,    /* no such message */
    GUI_WRONG_DIRECTION, /* a message that only the other side may send */
    GUI_OBSOLETE,        /* a message that is no longer part of the protocol */
    GUI_BAD_LENGTH,      /* the length does not fit the message */
    GUI_TOO_LARGE,       /* a size above the limits, or zero */
    GUI_BAD_DUMP_TYPE,   /* a pixel transport that is not supported */
    GUI_BAD_PIXEL_FORMAT,
    GUI_OUT_OF_BOUNDS,   /* a rectangle outside its buffer */
    GUI_NO_MEMORY,
    GUI_UNKNOWN_WINDOW,
    GUI_DUPLICATE_WINDOW,
    GUI_TOO_MANY_WINDOWS,
    GUI_MEMORY_LIMIT,    /* buffers above what one domain may have */
    GUI_UNSOLICITED_CLIPBOARD,
    GUI_STATUS_COUNT
};

/* A stable, upper-case name such as "GUI_BAD_LENGTH"; never NULL. */
const char *gui_status_name(enum gui_status status);

#endif
