# SPDX-License-Identifier: GPL-2.0-or-later
# check: the plan and its documents, the verbs over a host in memory, and the program with real qemu-img, libvirt's
# schemas and libvirt's own test driver.

TESTS    = document driver settings
TEST_BIN = $(TESTS:%=$(BUILD)/tests/test-%)

$(BUILD)/tests/test-%: $(BUILD)/tests/test-%.o $(OBJECTS)
	$(CC) -o $@ $^ $(LINK)

check: all $(TEST_BIN)
	mkdir -p $(BUILD)/scratch
	$(BUILD)/tests/test-settings
	$(BUILD)/tests/test-document
	$(BUILD)/tests/test-driver $(abspath $(BUILD))/scratch/driver
	bash tests/host-check.sh $(abspath $(BUILD))
	bash tests/program.sh $(abspath $(BUILD))
