/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a document or link to the domain that policy names, and taking the edited document back. */
#include "open.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "request.h"

#define TARGET "@default" /* the policy names the domain */

static qubes_status fail(qubes_error *err, qubes_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return err->status = status;
}

/* The exit codes of qrexec clients: 126 refused, 125 no connection, 127 no such service. */
static qubes_status judge(int code, const char *service, qubes_error *err)
{
    switch (code) {
    case 0:
        return QUBES_OK;
    case 126:
        return fail(err, OPEN_DENIED, "%s was denied, by the policy or by you.", service);
    case 125:
        return fail(err, OPEN_NO_SERVICE, "%s: the domain cannot be reached.", service);
    case 127:
        return fail(err, OPEN_NO_SERVICE, "The domain does not offer %s.", service);
    default:
        return fail(err, OPEN_NO_SERVICE, "%s failed in the domain (exit code %d).", service, code);
    }
}

qubes_status open_url(const char *client, const char *url, qubes_error *err)
{
    char checked[REQUEST_URL_MAX + 1];
    const char *why, *const argv[] = {client, TARGET, "qubes.OpenURL", NULL};
    os_process process;
    if (!request_url(url, checked, &why))
        return fail(err, QUBES_E_INVALID, "This link is not opened: %s.", why);
    qubes_status status = os_start(argv, &process, err);
    if (status != QUBES_OK)
        return status;
    /* A refused call ends the client before it reads: its exit code says more than a failed write. */
    fprintf(process.to, "%s\n", checked);
    return judge(os_finish(&process), "qubes.OpenURL", err);
}

/* Both directions at once: a domain that answers before it has read all cannot make us hang. */
typedef struct transfer {
    os_process process;
    FILE *document, *answer;
    char header[REQUEST_NAME_SIZE];
    bool read_failed;   /* the document could not be read to its end */
    bool too_large;     /* the answer */
    bool write_failed;  /* the answer could not be stored */
    uint64_t answered;
} transfer;

static void send(void *argument)
{
    transfer *of = argument;
    char buffer[65536];
    size_t count = sizeof of->header;
    bool good = fwrite(of->header, 1, count, of->process.to) == count;
    while (good && (count = fread(buffer, 1, sizeof buffer, of->document)) > 0)
        good = fwrite(buffer, 1, count, of->process.to) == count;
    of->read_failed = ferror(of->document) != 0;
    fclose(of->process.to); /* its end is how the service knows that it has all */
    of->process.to = NULL;
}

static void receive(void *argument)
{
    transfer *of = argument;
    char buffer[65536];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, of->process.from)) > 0) {
        of->answered += count;
        of->too_large = of->too_large || of->answered > OPEN_ANSWER_MAX;
        if (of->answer && !of->too_large && fwrite(buffer, 1, count, of->answer) != count)
            of->write_failed = true;
    }
}

/* Puts the edited document into the place of the original, which must still be what was sent. */
static qubes_status take_back(const char *edited, const char *path, const os_version *sent, qubes_error *err)
{
    os_version now;
    char kept[QUBES_PATH_MAX];
    if (os_file_version(path, &now) && now.size == sent->size && now.time == sent->time) {
        if (os_replace(edited, path))
            return QUBES_OK;
        return fail(err, QUBES_E_SYSTEM, "%s cannot be replaced by the edited document.", path);
    }
    for (int number = 1; number < 100; number++) {
        int length = snprintf(kept, sizeof kept, "%s.edited-%d", path, number);
        if (length > 0 && (size_t)length < sizeof kept && os_rename_new(edited, kept))
            return fail(err, QUBES_E_IN_USE, "%s was changed meanwhile; the edited document is %s.", path, kept);
    }
    return fail(err, QUBES_E_SYSTEM, "%s was changed meanwhile, and the edited document cannot be kept.", path);
}

static qubes_status exchange(const char *client, transfer *of, qubes_error *err)
{
    const char *const argv[] = {client, TARGET, "qubes.OpenInVM", NULL};
    qubes_status status = os_start(argv, &of->process, err);
    if (status != QUBES_OK)
        return status;
    bool ran = os_both(receive, of, send, of);
    status = judge(os_finish(&of->process), "qubes.OpenInVM", err);
    if (!ran)
        return fail(err, QUBES_E_SYSTEM, "No thread can be had.");
    if (status == QUBES_OK && of->read_failed)
        return fail(err, QUBES_E_SYSTEM, "The document could not be read to its end.");
    if (status == QUBES_OK && of->too_large)
        return fail(err, QUBES_E_INVALID, "The domain sent back more than is taken; the document is unchanged.");
    if (status == QUBES_OK && of->write_failed)
        return fail(err, QUBES_E_SYSTEM, "The edited document cannot be stored; the document is unchanged.");
    return status;
}

/* The file's name without its directories. */
static const char *base_name(const char *path)
{
    const char *base = path;
    for (; *path; path++)
        if (*path == '/' || *path == OS_SEPARATOR)
            base = path + 1;
    return base;
}

/* A new file beside the document, so that taking it is only a rename; NULL where none can be made. */
static FILE *create_beside(const char *path, char out[QUBES_PATH_MAX])
{
    for (int number = 1; number < 100; number++) {
        int length = snprintf(out, QUBES_PATH_MAX, "%s.qubes-new-%d", path, number);
        FILE *file = length > 0 && length < QUBES_PATH_MAX ? os_create_new(out) : NULL;
        if (file)
            return file;
    }
    return NULL;
}

static qubes_status open_resolved(const char *client, const char *path, bool view_only, qubes_error *err)
{
    transfer of = {.document = NULL};
    os_version sent;
    char edited[QUBES_PATH_MAX];
    if (!os_file_version(path, &sent) || !request_header(base_name(path), view_only, of.header))
        return fail(err, QUBES_E_NOT_FOUND, "%s is not a file.", path);
    of.document = os_open(path);
    if (!of.document)
        return fail(err, QUBES_E_SYSTEM, "%s cannot be read.", path);
    if (!view_only) {
        of.answer = create_beside(path, edited);
        view_only = !of.answer; /* where nothing can be written, nothing can come back */
    }
    qubes_status status = exchange(client, &of, err);
    fclose(of.document);
    if (of.answer && fclose(of.answer) != 0 && status == QUBES_OK)
        status = fail(err, QUBES_E_SYSTEM, "The edited document cannot be stored; the document is unchanged.");
    if (status == QUBES_OK && !view_only && of.answered > 0)
        status = take_back(edited, path, &sent, err);
    if (of.answer)
        os_remove(edited); /* gone already where it was taken */
    return status;
}

qubes_status open_file(const char *client, const char *path, bool view_only, qubes_error *err)
{
    char full[QUBES_PATH_MAX];
    qubes_status status = os_resolve(path, full, err);
    return status == QUBES_OK ? open_resolved(client, full, view_only, err) : status;
}
