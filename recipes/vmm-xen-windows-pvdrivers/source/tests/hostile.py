# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes archives that must be refused, and one that must not: hostile.py NAME FILE."""
import io
import sys
import tarfile


def member(name, content=b"x", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


GOOD = [member("xenbus/x64/xenbus.inf", b"inf"), member("xenbus/x64/xenbus.sys", b"sys" * 1000)]
ARCHIVES = {
    "good": [member("xenbus", b"", type=tarfile.DIRTYPE), *GOOD],
    "above": [*GOOD, member("../evil")],
    "above-inside": [*GOOD, member("xenbus/../../evil")],
    "absolute": [*GOOD, member("/evil")],
    "drive": [*GOOD, member("C:evil")],
    "backslash": [*GOOD, member("xenbus\\evil")],
    "newline": [*GOOD, member("xenbus/a\nb")],
    "windows-device": [*GOOD, member("xenbus/NUL.txt")],
    "symlink": [*GOOD, member("link", b"", type=tarfile.SYMTYPE, linkname="/etc")],
    "through-symlink": [member("d", b"", type=tarfile.SYMTYPE, linkname="/tmp"), member("d/evil")],
    "hard-link": [*GOOD, member("link", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")],
    "device": [*GOOD, member("disk", b"", type=tarfile.BLKTYPE, devmajor=8)],
    "fifo": [*GOOD, member("pipe", b"", type=tarfile.FIFOTYPE)],
    "twice": [*GOOD, member("XENBUS/x64/xenbus.INF")],
    "file-and-directory": [*GOOD, member("xenbus/x64/xenbus.inf/evil")],
    "many": [member(f"d/{number}") for number in range(2001)],
    "nothing": [member("d", b"", type=tarfile.DIRTYPE)],
}

name, file = sys.argv[1:]
if name == "large":  # a header alone: what follows is a hole
    info = tarfile.TarInfo("d/large")
    info.size = (256 << 20) + 1
    with open(file, "wb") as output:
        output.write(info.tobuf(tarfile.GNU_FORMAT))
        output.truncate(512 + (256 << 20) + 512 + 1024)
else:
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as archive:
        for info, content in ARCHIVES[name]:
            archive.addfile(info, io.BytesIO(content))
