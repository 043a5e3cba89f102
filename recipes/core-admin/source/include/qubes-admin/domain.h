/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* Domains: what they are, how they are listed, created, changed and removed. */
#ifndef QUBES_ADMIN_DOMAIN_H
#define QUBES_ADMIN_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "label.h"
#include "paths.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUBES_NAME_MAX 31   /* bytes of a domain name without its terminator */
#define QUBES_ID_MAX 0x7fef /* the largest id that every VMM accepts (Xen reserves 0x7ff0 up) */
#define QUBES_TAGS_MAX 16   /* tags of one domain */
#define QUBES_TAG_MAX 63    /* bytes of one tag */
#define QUBES_USER_MAX 31   /* bytes of a user name inside a domain */

/* The admin domain: always there, never stored, id 0, label black. */
#define QUBES_ADMIN_DOMAIN "dom0"

typedef enum qubes_class {
    QUBES_CLASS_ADMIN,
    QUBES_CLASS_APP,
    QUBES_CLASS_TEMPLATE,
    QUBES_CLASS_STANDALONE,
    QUBES_CLASS_DISP
} qubes_class;

typedef enum qubes_state {
    QUBES_STATE_HALTED,
    QUBES_STATE_STARTING,
    QUBES_STATE_RUNNING,
    QUBES_STATE_STOPPING
} qubes_state;

typedef struct qubes_domain {
    char name[QUBES_NAME_MAX + 1];
    uint32_t id; /* stable for the domain's life and not given to the next new domain */
    qubes_class cls;
    const qubes_label *label;
    qubes_state state;                       /* as last recorded; see qubes_vmm_refresh */
    char template_name[QUBES_NAME_MAX + 1];  /* "" for none */
    char netvm[QUBES_NAME_MAX + 1];          /* "" for none: no network */
    char default_dispvm[QUBES_NAME_MAX + 1]; /* "" for none */
    char default_user[QUBES_USER_MAX + 1];   /* the user that services run as, "user" unless set */
    char guest_os[8];                        /* "linux" or "windows" */
    uint32_t memory_mb;
    uint32_t vcpus;
    bool autostart;            /* start with the machine */
    bool provides_network;     /* may be another domain's netvm */
    bool template_for_dispvms; /* disposables may be made from it */
    bool secure_boot;
    char image[QUBES_PATH_MAX]; /* root image; relative ones are below the data directory; "" for none */
    char image_sha256[65];      /* of that image when it was registered; "" for none */
    size_t tag_count;
    char tags[QUBES_TAGS_MAX][QUBES_TAG_MAX + 1];
} qubes_domain;

typedef struct qubes_domain_list {
    size_t count;
    qubes_domain *items; /* the admin domain first, then by name */
} qubes_domain_list;

/*
 * Names: a letter, then letters, digits, '-' and '_', at most 31 bytes; not "none", "default",
 * "dom0" or "Domain-0" in any case, not ending in "-dm", and not a device name of Windows.
 */
bool qubes_name_is_valid(const char *name);

/* "AppVM" …, and back; the latter returns false for anything else. */
const char *qubes_class_name(qubes_class cls);
bool qubes_class_from_name(const char *name, qubes_class *out);
/* "Halted", "Transient" (starting or stopping, as Qubes says it) or "Running". */
const char *qubes_state_name(qubes_state state);

/*
 * Reads all domains. Readers need no lock: files are replaced atomically. A domain whose file is
 * damaged fails the whole call with QUBES_E_DAMAGED and the file and line, because a list that
 * silently lacks a domain would change what the policy means.
 */
qubes_status qubes_domain_list_load(const qubes_paths *paths, qubes_domain_list *out, qubes_error *err);
void qubes_domain_list_free(qubes_domain_list *list);
const qubes_domain *qubes_domain_find(const qubes_domain_list *list, const char *name);
const qubes_domain *qubes_domain_find_id(const qubes_domain_list *list, uint32_t id);

/* Reads one domain (the admin domain too). QUBES_E_NOT_FOUND when there is none. */
qubes_status qubes_domain_load(const qubes_paths *paths, const char *name, qubes_domain *out,
                               qubes_error *err);

/* What a new domain is made of; NULL members take their defaults. */
typedef struct qubes_domain_new {
    const char *name;
    const char *label;         /* "red" */
    const char *cls;           /* "AppVM" */
    const char *template_name; /* needed by AppVM (a TemplateVM) and DispVM (an AppVM), else forbidden */
    const char *netvm;         /* none */
} qubes_domain_new;

/* Creates the domain's directory and file under the lock; out may be NULL. */
qubes_status qubes_domain_create(const qubes_paths *paths, const qubes_domain_new *what,
                                 qubes_domain *out, qubes_error *err);

/*
 * Creates a disposable domain "dispID" from an AppVM that is a template for disposables, with that
 * AppVM's label, netvm and resources. qubes_vmm_stop removes it again.
 */
qubes_status qubes_domain_create_disposable(const qubes_paths *paths, const char *from, qubes_domain *out,
                                            qubes_error *err);

/*
 * Removes the domain and everything below its directory. Refuses with QUBES_E_IN_USE when it is
 * not halted or another domain refers to it, and, unless force, when its directory holds more
 * than its file (disks: the person's data).
 */
qubes_status qubes_domain_remove(const qubes_paths *paths, const char *name, bool force,
                                 qubes_error *err);

/* One property as text, into value (size bytes, at least QUBES_PATH_MAX for any property). */
qubes_status qubes_domain_get(const qubes_domain *domain, const char *key, char *value, size_t size,
                              qubes_error *err);

/* Changes one property under the lock, keeping keys of the file that this version does not know. */
qubes_status qubes_domain_set(const qubes_paths *paths, const char *name, const char *key,
                              const char *value, qubes_error *err);

/* The names of all properties, in the order in which they are shown, ended by NULL. */
extern const char *const qubes_property_names[];

/*
 * Verifies that FILE has the sha-256 (64 hex digits), then creates the TemplateVM or, where it
 * exists, gives it the new image: the way in which an installer and its upgrades deliver templates.
 */
qubes_status qubes_template_register(const qubes_paths *paths, const char *name, const char *file,
                                     const char *sha256, qubes_error *err);

/* The same for a caller that has compared the image with its sha-256 by another way: FILE is not read. */
qubes_status qubes_template_register_checked(const qubes_paths *paths, const char *name, const char *file,
                                             const char *sha256, qubes_error *err);

/*
 * The absolute path of the root image that a domain boots: its own, or that of its template (of its
 * template's template for a disposable). QUBES_E_NOT_FOUND when none is registered.
 */
qubes_status qubes_domain_root_image(const qubes_paths *paths, const qubes_domain_list *domains,
                                     const qubes_domain *domain, char *out, size_t size, qubes_error *err);

/* The directory of a domain: its file and its disks. */
qubes_status qubes_domain_directory(const qubes_paths *paths, const char *name, char *out, size_t size,
                                    qubes_error *err);

#ifdef __cplusplus
}
#endif
#endif
