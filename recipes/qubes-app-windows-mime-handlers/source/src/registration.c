/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written to the registry so that Windows offers Qubes for documents and links. */
#include "registration.h"

#include <stdio.h>

#define DOCUMENT "Qubes.Document"
#define LINK "Qubes.Link"
#define CAPABILITIES "Software\\Qubes\\Capabilities"

/* What people receive from strangers and open by a click. */
static const char *const extensions[] = {
    ".bmp", ".csv", ".djvu", ".doc", ".docx", ".eml", ".epub", ".gif", ".htm", ".html", ".jpeg", ".jpg", ".mp3",
    ".mp4", ".odp", ".ods",  ".odt", ".pdf",  ".png", ".ppt",  ".pptx", ".ps", ".rtf",  ".svg",  ".tif", ".tiff",
    ".webp", ".xls", ".xlsx", ".xps",
};

static const char *const schemes[] = {"http", "https", "ftp", "mailto"};

static bool register_class(const char *name, const char *title, bool link, const char *command,
                           registration_visit *visit, void *context)
{
    char key[128], open[160];
    snprintf(key, sizeof key, "Software\\Classes\\%s", name);
    snprintf(open, sizeof open, "%s\\shell\\open\\command", key);
    return visit(context, key, "", title, true) && (!link || visit(context, key, "URL Protocol", "", true)) &&
           visit(context, open, "", command, true);
}

bool registration_each(const char *program, registration_visit *visit, void *context)
{
    char command[2048], key[128];
    /* "--" before "%1": a file or link is never an option. */
    int length = snprintf(command, sizeof command, "\"%s\" -- \"%%1\"", program);
    if (length < 0 || (size_t)length >= sizeof command)
        return false;
    if (!register_class(DOCUMENT, "Document, opened in a domain", false, command, visit, context) ||
        !register_class(LINK, "Link, opened in a domain", true, command, visit, context) ||
        !visit(context, CAPABILITIES, "ApplicationName", "Qubes", true) ||
        !visit(context, CAPABILITIES, "ApplicationDescription",
               "Opens documents and links in the domain that policy names", true) ||
        !visit(context, "Software\\RegisteredApplications", "Qubes", CAPABILITIES, false))
        return false;
    for (unsigned i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        snprintf(key, sizeof key, "Software\\Classes\\%s\\OpenWithProgids", extensions[i]);
        if (!visit(context, CAPABILITIES "\\FileAssociations", extensions[i], DOCUMENT, true) ||
            !visit(context, key, DOCUMENT, "", false))
            return false;
    }
    for (unsigned i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (!visit(context, CAPABILITIES "\\URLAssociations", schemes[i], LINK, true))
            return false;
    return true;
}
