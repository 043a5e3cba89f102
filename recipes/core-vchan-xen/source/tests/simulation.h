/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the simulated driver, inside of a test program, and the simulated hypervisor say to each other over a pipe. */
#ifndef SIMULATION_H
#define SIMULATION_H

#include "xeniface.h"

#define SIMULATION_BYTES 8192

/* The pipe's name: a directory of its own for each run. */
#define SIMULATION_PIPE L"\\\\.\\pipe\\vchan-xen-simulation"

struct simulation_question {
    DWORD process; /* whose handles are meant */
    DWORD domain;  /* that the program plays */
    DWORD code, in_size, out_size;
    unsigned char bytes[SIMULATION_BYTES]; /* the input; a path that it points to follows */
};

struct simulation_answer {
    DWORD error;
    uint64_t section; /* of PERMIT and MAP: a handle of the asking process */
    uint64_t pending; /* of REVOKE and UNMAP: what PERMIT or MAP was given */
    unsigned char bytes[SIMULATION_BYTES];
};

#endif
