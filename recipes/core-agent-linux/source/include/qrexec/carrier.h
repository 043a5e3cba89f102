/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One name for the two kinds of byte channel: a vchan between domains, and a local stream between
 * programs of one domain. Their functions have the same meaning.
 */
#ifndef QREXEC_CARRIER_H
#define QREXEC_CARRIER_H

#include "os.h"
#include "vchan-stream.h"

struct qrexec_carrier_kind;

struct qrexec_carrier {
    const struct qrexec_carrier_kind *kind; /* NULL for none */
    void *of;
};

struct qrexec_carrier qrexec_carrier_of_vchan(libvchan_t *vchan);
struct qrexec_carrier qrexec_carrier_of_stream(vchan_stream *stream);

/* See libvchan.h for what the namesakes of these do. */
int qrexec_carrier_read(struct qrexec_carrier carrier, void *data, size_t size);
int qrexec_carrier_write(struct qrexec_carrier carrier, const void *data, size_t size);
int qrexec_carrier_data_ready(struct qrexec_carrier carrier);
int qrexec_carrier_buffer_space(struct qrexec_carrier carrier);
int qrexec_carrier_is_open(struct qrexec_carrier carrier);
void qrexec_carrier_close(struct qrexec_carrier carrier);

/* What to wait for, and what to call once whenever it has fired. */
struct os_wait_item qrexec_carrier_item(struct qrexec_carrier carrier);
void qrexec_carrier_fired(struct qrexec_carrier carrier);

#endif
