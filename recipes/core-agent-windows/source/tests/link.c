/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an entry of the Start menu for a test: link FILE.lnk PROGRAM ARGUMENTS */
#define COBJMACROS
#define INITGUID
#include <windows.h>

#include <shlobj.h>

#include "expect.h"

int wmain(int argc, wchar_t **argv)
{
    IShellLinkW *link;
    IPersistFile *file;

    EXPECT(argc == 4);
    EXPECT(CoInitialize(NULL) == S_OK);
    EXPECT(CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&link) == S_OK);
    EXPECT(IShellLinkW_SetPath(link, argv[2]) == S_OK);
    EXPECT(IShellLinkW_SetArguments(link, argv[3]) == S_OK);
    EXPECT(IShellLinkW_QueryInterface(link, &IID_IPersistFile, (void **)&file) == S_OK);
    EXPECT(IPersistFile_Save(file, argv[1], TRUE) == S_OK);
    return 0;
}
