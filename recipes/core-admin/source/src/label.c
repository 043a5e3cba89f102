/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* The eight labels of Qubes, with the colours of its public icon set. */
#include "qubes-admin/label.h"

#include <string.h>

const qubes_label qubes_labels[QUBES_LABEL_COUNT] = {
    {1, "red", 0xcc0000},  {2, "orange", 0xf57900}, {3, "yellow", 0xedd400}, {4, "green", 0x73d216},
    {5, "gray", 0x555753}, {6, "blue", 0x3465a4},   {7, "purple", 0x75507b}, {8, "black", 0x000000},
};

const qubes_label *qubes_label_by_name(const char *name)
{
    for (size_t i = 0; i < QUBES_LABEL_COUNT; i++)
        if (strcmp(qubes_labels[i].name, name) == 0)
            return &qubes_labels[i];
    return NULL;
}

const qubes_label *qubes_label_by_index(unsigned index)
{
    return index >= 1 && index <= QUBES_LABEL_COUNT ? &qubes_labels[index - 1] : NULL;
}
