# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# check: model and layout. check-x11: the program under Xvfb. check-wine: model and window under Wine and Xvfb.

TEST_LINK = $(OS_LINK)

$(BUILD)/tests/test-model$(EXE): $(BUILD)/tests/test-model.o $(MODEL_OBJ)
	$(CC) -o $@ $^ $(DEPS_LINK) $(TEST_LINK)

$(BUILD)/tests/test-layout: $(BUILD)/tests/test-layout.o $(BUILD)/src/layout.o $(MODEL_OBJ)
	$(CC) -o $@ $^ $(DEPS_LINK) $(TEST_LINK)

$(BUILD)/tests/test-x11: $(BUILD)/tests/test-x11.o $(BUILD)/src/layout.o $(MODEL_OBJ)
	$(CC) -o $@ $^ $(DEPS_LINK) $(TEST_LINK) -lX11 -lXtst

$(BUILD)/tests/test-view$(EXE): $(BUILD)/tests/test-view.o $(BUILD)/src/view-windows.o $(MODEL_OBJ)
	$(CC) -o $@ $^ $(DEPS_LINK) $(TEST_LINK)

$(BUILD)/tests/test-close$(EXE): $(BUILD)/tests/test-close.o
	$(CC) -o $@ $^ $(DEPS_LINK) $(TEST_LINK)

check: all $(BUILD)/tests/test-model $(BUILD)/tests/test-layout
	rm -rf $(BUILD)/scratch/model && mkdir -p $(BUILD)/scratch
	$(BUILD)/tests/test-model $(abspath $(BUILD))/scratch/model $(abspath $(BUILD))/tests/test-model
	$(BUILD)/tests/test-layout

check-x11: all $(BUILD)/tests/test-x11
	rm -rf $(BUILD)/scratch/x11 && mkdir -p $(BUILD)/scratch
	bash tests/with-display.sh $(BUILD)/tests/test-x11 $(abspath $(BUILD))/scratch/x11 \
	  $(abspath $(BUILD))/tests/test-x11 $(abspath $(BUILD))/qubes-manager

# DEPS is then the staged tree of core-admin for Windows.
check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine wine-tests
	bash tests/with-display.sh bash tests/wine.sh $(abspath $(BUILD))/wine

wine-tests: all $(BUILD)/tests/test-model.exe $(BUILD)/tests/test-view.exe $(BUILD)/tests/test-close.exe

.PHONY: check-x11 wine-tests
.SECONDARY:
