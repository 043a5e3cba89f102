# SPDX-License-Identifier: GPL-2.0-or-later
# check: plan and icons. check-wine: the program and its shortcuts; DEPS is then core-admin's tree for Windows.

$(BUILD)/tests/test-menu$(EXE): $(BUILD)/tests/test-menu.o $(BUILD)/src/menu.o
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

$(BUILD)/tests/test-icon$(EXE): $(BUILD)/tests/test-icon.o $(BUILD)/src/icon.o
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

check: all $(BUILD)/tests/test-menu $(BUILD)/tests/test-icon
	$(BUILD)/tests/test-menu
	$(BUILD)/tests/test-icon $(BUILD)/icons

check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine all $(BUILD)/wine/tests/test-icon.exe
	bash tests/wine.sh $(abspath $(BUILD))/wine $(abspath $(DEPS))

.SECONDARY:
