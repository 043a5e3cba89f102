/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Menus of domains as desktop entries and menu files, by the Desktop Entry and Desktop Menu specifications. */
#include "entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN "/usr/lib/qubes/desktop-run"

/* Takes `text`, which asprintf or open_memstream made; NULL is a lack of memory. */
static bool add(struct entries *out, enum place place, const char *file, char *text)
{
    if (text == NULL)
        return false;
    if (out->count == out->room) {
        size_t room = out->room > 0 ? out->room * 2 : 32;
        struct entry *items = realloc(out->items, room * sizeof *items);
        if (items == NULL) {
            free(text);
            return false;
        }
        out->items = items;
        out->room = room;
    }
    struct entry *next = &out->items[out->count++];
    next->place = place;
    snprintf(next->file, sizeof next->file, "%s", file);
    next->text = text;
    return true;
}

/* `what` tells the entries of a domain apart, `title` is what a person sees, `command` is made of plain words: by the
 * rules of names and of applications.h nothing in them has a meaning in a desktop entry. */
static bool add_launcher(struct entries *out, const qubes_domain *domain, const char *what, const char *title,
                         const char *command)
{
    char file[ENTRY_FILE_MOST], *text;

    snprintf(file, sizeof file, ENTRY_PREFIX ".%s.%s.desktop", domain->name, what);
    if (asprintf(&text,
                 "[Desktop Entry]\n"
                 "Type=Application\n"
                 "Version=1.0\n"
                 "Name=%s: %s\n"
                 "Comment=%s, %s\n"
                 "Icon=qubes-domain-%s\n"
                 "Exec=" RUN " %s\n"
                 "Terminal=false\n"
                 "Categories=X-Qubes-Domain-%s;\n",
                 domain->name, title, qubes_class_name(domain->cls), domain->label->name, domain->label->name, command,
                 domain->name) < 0)
        text = NULL;
    return add(out, PLACE_APPLICATIONS, file, text);
}

static bool add_applications(struct entries *out, const qubes_domain *domain, const struct applications *known)
{
    for (size_t i = 0; i < known->count; i++) {
        char what[APPLICATION_ID_MOST + 8], command[256];
        snprintf(what, sizeof what, "app.%s", known->items[i].id);
        snprintf(command, sizeof command, "qrexec-client %s qubes.StartApp+%s", domain->name, known->items[i].id);
        if (!add_launcher(out, domain, what, known->items[i].name, command))
            return false;
    }
    return true;
}

/* What was learned of a domain is a file of the plan, so that it goes with the domain. */
static bool add_known(struct entries *out, const qubes_domain *domain, const struct applications *known)
{
    if (known->count == 0)
        return true;
    char *text = malloc(APPLICATIONS_BYTES_MOST);
    if (text != NULL)
        text[applications_write(known, text, APPLICATIONS_BYTES_MOST)] = '\0';
    return add(out, PLACE_KNOWN, domain->name, text);
}

static bool add_domain(struct entries *out, const qubes_domain *domain, const struct applications *known)
{
    static const struct {
        const char *what, *title, *command;
    } verbs[] = {
        {"start", "start", "qubes-admin start"},
        {"stop", "stop", "qubes-admin stop"},
        {"update", "look for applications", "qubes-desktop-sync --fetch"},
    };
    char file[ENTRY_FILE_MOST], *text;

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        char command[128];
        snprintf(command, sizeof command, "%s %s", verbs[i].command, domain->name);
        if (!add_launcher(out, domain, verbs[i].what, verbs[i].title, command))
            return false;
    }
    snprintf(file, sizeof file, ENTRY_PREFIX ".%s.directory", domain->name);
    if (asprintf(&text, "[Desktop Entry]\nType=Directory\nVersion=1.0\nName=%s\nIcon=qubes-domain-%s\n", domain->name,
                 domain->label->name) < 0)
        text = NULL;
    return add(out, PLACE_DIRECTORIES, file, text) && add_applications(out, domain, known) &&
           add_known(out, domain, known);
}

static bool is_shown(const qubes_domain *domain)
{
    /* The library's rule for names is what makes it safe to write them as they are, so it is asked once more. */
    return domain->cls != QUBES_CLASS_ADMIN && domain->cls != QUBES_CLASS_DISP && qubes_name_is_valid(domain->name);
}

static bool add_menu(struct entries *out, const qubes_domain_list *domains)
{
    char *text = NULL;
    size_t size;
    FILE *menu = open_memstream(&text, &size);

    if (menu == NULL)
        return false;
    fputs("<!DOCTYPE Menu PUBLIC \"-//freedesktop//DTD Menu 1.0//EN\"\n"
          " \"http://www.freedesktop.org/standards/menu-spec/1.0/menu.dtd\">\n"
          "<Menu>\n<Name>Applications</Name>\n<Menu>\n<Name>qubes-domains</Name>\n"
          "<Directory>qubes-domains.directory</Directory>\n",
          menu);
    for (size_t i = 0; i < domains->count; i++) {
        const char *name = domains->items[i].name;
        if (is_shown(&domains->items[i]))
            fprintf(menu,
                    "<Menu><Name>%s</Name><Directory>" ENTRY_PREFIX ".%s.directory</Directory>"
                    "<Include><Category>X-Qubes-Domain-%s</Category></Include></Menu>\n",
                    name, name, name);
    }
    fputs("</Menu>\n</Menu>\n", menu);
    bool failed = ferror(menu) != 0;
    if (fclose(menu) != 0 || failed) {
        free(text);
        return false;
    }
    return add(out, PLACE_MENUS, ENTRY_PREFIX "s.menu", text);
}

bool entries_plan(const qubes_domain_list *domains, applications_of known, void *context, struct entries *out)
{
    struct applications *of_domain = malloc(sizeof *of_domain);
    bool good = of_domain != NULL;

    *out = (struct entries){0};
    for (size_t i = 0; good && i < domains->count; i++) {
        if (!is_shown(&domains->items[i]))
            continue;
        known(context, domains->items[i].name, of_domain);
        good = add_domain(out, &domains->items[i], of_domain);
    }
    free(of_domain);
    good = good && add_menu(out, domains);
    if (!good)
        entries_free(out);
    return good;
}

void entries_free(struct entries *what)
{
    for (size_t i = 0; i < what->count; i++)
        free(what->items[i].text);
    free(what->items);
    *what = (struct entries){0};
}
