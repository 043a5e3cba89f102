/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The eight labels: the colours by which a person tells domains apart. */
#ifndef QUBES_ADMIN_LABEL_H
#define QUBES_ADMIN_LABEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUBES_LABEL_COUNT 8

typedef struct qubes_label {
    unsigned index;   /* 1 (red) to 8 (black): the number that the GUI protocol carries */
    const char *name; /* "red" */
    uint32_t rgb;     /* 0xRRGGBB */
} qubes_label;

/* The labels in order of their index. */
extern const qubes_label qubes_labels[QUBES_LABEL_COUNT];

/* Looks a label up by its exact name or its index; NULL when there is none. */
const qubes_label *qubes_label_by_name(const char *name);
const qubes_label *qubes_label_by_index(unsigned index);

#ifdef __cplusplus
}
#endif
#endif
