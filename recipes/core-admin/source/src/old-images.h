/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Images that a template had before the one that is registered. */
#ifndef OLD_IMAGES_H
#define OLD_IMAGES_H

#include "qubes-admin/domain.h"

/* The template whose image a domain boots; NULL when there is none. */
const qubes_domain *image_owner(const qubes_domain_list *domains, const qubes_domain *domain);

/*
 * Removes what a template has no more use for: below templates/ images of it that are not registered, in its
 * directory roots that a driver kept of them. Nothing while the template, or a domain that boots from it, is not
 * halted: their volumes may be on an image of before. A template without an image keeps everything.
 */
qubes_status old_images_remove(const qubes_paths *paths, const char *name, qubes_error *err);

#endif
