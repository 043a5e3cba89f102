/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* domain.conf: what is understood is written back to the same meaning. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "record.h"

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_record(const conf *lines)
{
    qubes_domain domain, again;
    qubes_error err;
    conf written;
    char value[QUBES_PATH_MAX];
    if (record_read(lines, "work", "f", &domain, &err) != QUBES_OK)
        return;
    for (size_t i = 0; qubes_property_names[i]; i++)
        require(qubes_domain_get(&domain, qubes_property_names[i], value, sizeof value, &err) == QUBES_OK);
    conf_init(&written);
    require(record_write(&domain, &written, &err) == QUBES_OK);
    require(record_read(&written, "work", "f", &again, &err) == QUBES_OK);
    require(again.id == domain.id && again.cls == domain.cls && again.label == domain.label &&
            again.memory_mb == domain.memory_mb && again.tag_count == domain.tag_count &&
            strcmp(again.netvm, domain.netvm) == 0 && strcmp(again.image, domain.image) == 0);
    conf_free(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    conf lines, again;
    qubes_error err;
    char *text, *text_again;
    size_t length, length_again;
    if (conf_parse((const char *)data, size, "f", &lines, &err) != QUBES_OK) {
        require(err.status == QUBES_E_DAMAGED && strncmp(err.text, "f:", 2) == 0);
        return 0;
    }
    require(conf_text(&lines, &text, &length, &err) == QUBES_OK);
    require(conf_parse(text, length, "f", &again, &err) == QUBES_OK);
    require(conf_text(&again, &text_again, &length_again, &err) == QUBES_OK);
    require(length == length_again && memcmp(text, text_again, length) == 0);
    check_record(&lines);
    free(text);
    free(text_again);
    conf_free(&lines);
    conf_free(&again);
    return 0;
}
