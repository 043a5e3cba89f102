# SPDX-License-Identifier: GPL-2.0-or-later
# The verbs over a twin of Xen; then the program as it ships, and its volumes with tools that the test plays.

TESTS    = plan driver
TEST_BIN = $(TESTS:%=$(BUILD)/tests/test-%)

$(BUILD)/tests/test-%: $(BUILD)/tests/test-%.o $(PURE:%.c=$(BUILD)/%.o)
	$(CC) -o $@ $^ $(LINK) -lqubes-admin

$(BUILD)/tests/test-volumes: tests/test-volumes.c $(SYSTEM) $(HEADERS) $(DEPS_READY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -DTOOLS_PATH='"$(abspath $(BUILD))/scratch/tools:/usr/bin:/bin"' -o $@ \
	  tests/test-volumes.c $(SYSTEM) $(LINK) -lqubes-admin

check: all $(TEST_BIN) $(BUILD)/tests/test-volumes
	mkdir -p $(BUILD)/scratch
	$(BUILD)/tests/test-plan $(abspath $(BUILD))/scratch/plan
	$(BUILD)/tests/test-driver $(abspath $(BUILD))/scratch/driver
	bash tests/volumes.sh $(abspath $(BUILD))
	bash tests/stop.sh $(abspath $(BUILD))
	bash tests/program.sh $(abspath $(BUILD))

.SECONDARY:
