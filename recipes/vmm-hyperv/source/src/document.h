/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documents that Hyper-V is given: machines and changes of them for the Host Compute System
 * (schema 2.x), networks and their ends for the Host Compute Network service. Pure.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "json.h"
#include "plan.h"

/* The schema that a build of Windows knows, from Microsoft's version map: 1, 3 or 5 (of 2.x). */
unsigned document_schema_minor(unsigned windows_build);

/* Each begins `out`; freed by the caller, who looks at out->failed. */
void document_machine(const plan *from, unsigned schema_minor, json_writer *out);
void document_link(const plan *from, json_writer *out);
/* An end of the link (or, for uplink, of the host's network), for HcnCreateEndpoint. */
typedef enum document_end { END_CLIENT, END_NETVM, END_UPLINK } document_end;
void document_endpoint(const plan *from, document_end end, json_writer *out);
/* Plugs the netvm's end of the link into the running netvm, or out of it. */
void document_plug(const plan *from, bool in, json_writer *out);
/* Which machines to list: ours. */
void document_query(json_writer *out);

#endif
