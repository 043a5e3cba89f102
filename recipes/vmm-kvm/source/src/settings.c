/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading vmm-kvm.conf. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 8192

void settings_default(settings *out)
{
    *out = (settings){.uri = "qemu:///system", .uplink = "default", .confined = true};
}

/* Sets a flag by which of two words the value is. */
static bool choose(const char *value, const char *yes, const char *no, bool *out)
{
    *out = strcmp(value, yes) == 0;
    return *out || strcmp(value, no) == 0;
}

static bool copy(const char *value, char out[SETTING_MAX])
{
    size_t length = strlen(value);
    if (length == 0 || length >= SETTING_MAX || value[0] == '-') /* it becomes an argument of a program */
        return false;
    memcpy(out, value, length + 1);
    return true;
}

static bool set(settings *out, const char *key, const char *value)
{
    if (strcmp(key, "uri") == 0)
        return copy(value, out->uri);
    if (strcmp(key, "uplink") == 0)
        return copy(value, out->uplink);
    if (strcmp(key, "acceleration") == 0)
        return choose(value, "emulation", "kvm", &out->emulation);
    if (strcmp(key, "confinement") == 0)
        return choose(value, "apparmor", "none", &out->confined);
    if (strcmp(key, "console_log") == 0)
        return choose(value, "yes", "no", &out->console_log);
    return false;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static bool parse_line(char *line, settings *out)
{
    char *text = trim(line), *equals = strchr(text, '=');
    if (!*text || *text == '#')
        return true;
    if (!equals)
        return false;
    *equals = '\0';
    return set(out, trim(text), trim(equals + 1));
}

qubes_status settings_parse(const char *file, const char *text, settings *out, qubes_error *err)
{
    settings_default(out);
    for (unsigned number = 1; *text; number++) {
        char line[256];
        size_t length = strcspn(text, "\n");
        if (length < sizeof line) {
            memcpy(line, text, length);
            line[length] = '\0';
        }
        if (length >= sizeof line || !parse_line(line, out)) {
            snprintf(err->text, sizeof err->text,
                     "%.300s:%u: expected uri, uplink, acceleration, confinement or console_log, '=' and its value",
                     file, number);
            return err->status = QUBES_E_DAMAGED;
        }
        text += length + (text[length] == '\n');
    }
    return QUBES_OK;
}

qubes_status settings_load(settings *out, qubes_error *err)
{
    char path[QUBES_PATH_MAX], text[FILE_MAX + 1];
    const char *directory = getenv("QUBES_CONFIG");
    int length = snprintf(path, sizeof path, "%s/vmm-kvm.conf", directory && *directory ? directory : "/etc/qubes");
    FILE *file = length < (int)sizeof path ? fopen(path, "re") : NULL;
    if (!file && length < (int)sizeof path && errno == ENOENT) {
        settings_default(out);
        return QUBES_OK;
    }
    size_t count = file ? fread(text, 1, sizeof text, file) : 0;
    bool good = file && !ferror(file) && count < sizeof text;
    if (file)
        fclose(file);
    if (!good) {
        snprintf(err->text, sizeof err->text, "%.300s: cannot be read, or has more than %d bytes", path, FILE_MAX);
        return err->status = QUBES_E_SYSTEM;
    }
    text[count] = '\0';
    return settings_parse(path, text, out, err);
}
