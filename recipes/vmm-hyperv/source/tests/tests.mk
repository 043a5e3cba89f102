# SPDX-License-Identifier: GPL-2.0-or-later
# check: natively, over a twin of Hyper-V. check-wine: the Windows program over libraries that play Hyper-V.

TESTS     = document driver
TEST_BIN  = $(TESTS:%=$(BUILD)/tests/test-%)
FAKES     = computecore computenetwork virtdisk
FAKE_DLL  = $(FAKES:%=$(BUILD)/fake/%.dll)
FUZZ_TIME ?= 60
CLANG     ?= clang

$(BUILD)/tests/test-%: $(BUILD)/tests/test-%.o $(PORTABLE:%.c=$(BUILD)/%.o)
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

$(BUILD)/fuzz/replay-json: $(BUILD)/fuzz/fuzz-json.o $(BUILD)/fuzz/replay.o $(BUILD)/src/json-read.o
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

check: all $(TEST_BIN) $(BUILD)/fuzz/replay-json
	mkdir -p $(BUILD)/scratch
	$(BUILD)/tests/test-document
	$(BUILD)/tests/test-driver $(abspath $(BUILD))/scratch/driver
	$(BUILD)/fuzz/replay-json fuzz/corpus/*
	bash tests/program.sh $(abspath $(BUILD))

$(BUILD)/fake/%.dll: tests/fake-hyperv.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -Wall -Wextra -Werror $(OS_FLAGS) -DFAKE_$* -shared -static-libgcc -o $@ $< -lole32

# DEPS is then the staged tree of core-admin for Windows.
check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine wine-tests
	bash tests/wine.sh $(abspath $(BUILD))/wine $(abspath $(DEPS))

wine-tests: all $(FAKE_DLL)

fuzz:
	@mkdir -p $(BUILD)/fuzz/found
	$(CLANG) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -o $(BUILD)/fuzz/fuzz-json \
	  fuzz/fuzz-json.c src/json-read.c
	$(BUILD)/fuzz/fuzz-json -max_total_time=$(FUZZ_TIME) -max_len=4096 $(BUILD)/fuzz/found fuzz/corpus

.PHONY: wine-tests
.SECONDARY:
