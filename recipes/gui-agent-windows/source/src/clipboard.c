/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system's clipboard, as text: read when the daemon asks, set when it gives. */
#include <stdlib.h>
#include <string.h>

#include "desktop.h"
#include "lines.h"

/* Another program may have the clipboard open for a moment. */
#define ATTEMPTS 10
#define ATTEMPT_PAUSE 10

static bool open_clipboard(const struct desktop *desktop)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        if (OpenClipboard(desktop->mine))
            return true;
        Sleep(ATTEMPT_PAUSE);
    }
    return false;
}

/* UTF-8 with line ends as between domains; NULL for none. The caller frees it. */
static char *encode(const wchar_t *wide, size_t limit, size_t *size)
{
    int count = (int)wcsnlen(wide, limit);
    int length = count ? WideCharToMultiByte(CP_UTF8, 0, wide, count, NULL, 0, NULL, NULL) : 0;
    char *text = length > 0 ? malloc((size_t)length) : NULL;

    if (!text)
        return NULL;
    WideCharToMultiByte(CP_UTF8, 0, wide, count, text, length, NULL, NULL);
    *size = lines_to_wire(text, text, (size_t)length);
    return text;
}

/* The daemon waits for an answer, if only an empty one. */
void clipboard_send(struct desktop *desktop)
{
    char *text = NULL;
    size_t size = 0;

    if (open_clipboard(desktop)) {
        HGLOBAL memory = GetClipboardData(CF_UNICODETEXT);
        const wchar_t *wide = memory ? GlobalLock(memory) : NULL;

        if (wide) {
            text = encode(wide, GlobalSize(memory) / sizeof *wide, &size);
            GlobalUnlock(memory);
        }
        CloseClipboard();
    }
    gui_agent_clipboard(desktop->agent, text, size);
    free(text);
}

/* Memory that the system takes over, holding text in UTF-16; NULL when it cannot be had. */
static HGLOBAL decode(const char *text, size_t size)
{
    int count = size ? MultiByteToWideChar(CP_UTF8, 0, text, (int)size, NULL, 0) : 0;
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, ((size_t)count + 1) * sizeof(wchar_t));
    wchar_t *wide = memory ? GlobalLock(memory) : NULL;

    if (!wide)
        return NULL;
    if (count)
        MultiByteToWideChar(CP_UTF8, 0, text, (int)size, wide, count);
    wide[count] = 0;
    GlobalUnlock(memory);
    return memory;
}

void clipboard_set(struct desktop *desktop, const uint8_t *bytes, size_t size)
{
    char *text = malloc(2 * size + 1);
    HGLOBAL memory = text ? decode(text, lines_from_wire(text, (const char *)bytes, size)) : NULL;

    free(text);
    if (!memory)
        return;
    if (!open_clipboard(desktop)) {
        GlobalFree(memory);
        return;
    }
    EmptyClipboard();
    if (!SetClipboardData(CF_UNICODETEXT, memory))
        GlobalFree(memory);
    CloseClipboard();
}
