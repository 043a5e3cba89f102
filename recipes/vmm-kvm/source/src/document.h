/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt is given: a machine and a network as XML (libvirt's formats "domain" and "network"). Pure. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "plan.h"
#include "settings.h"
#include "xml.h"

/* A planned machine; freed with xml_free. */
void document_machine(const plan *from, const settings *how, xml *out);

/* The network of a domain that provides one. The host has a bridge there, and no address. */
void document_network(uint32_t netvm, xml *out);

#endif
