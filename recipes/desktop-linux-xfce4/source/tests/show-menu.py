# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the menus as python3-xdg, which implements the Desktop Menu specification, understands them.
import xdg.Menu


def show(menu, depth):
    for entry in menu.getEntries():
        if isinstance(entry, xdg.Menu.Menu):
            print("  " * depth + entry.getName())
            show(entry, depth + 1)
        elif isinstance(entry, xdg.Menu.MenuEntry):
            print("  " * depth + entry.DesktopEntry.getName())


show(xdg.Menu.parse("applications.menu"), 0)
