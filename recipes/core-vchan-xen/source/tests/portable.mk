# SPDX-License-Identifier: GPL-2.0-or-later
# The tests that need neither Xen nor Windows: places in XenStore, the shared rings, and channels over them.
SANITIZED := $(CC) -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
	-Isrc $(SHARED:%=-I%)
PORTABLE := test-paths test-rings test-channel
FUZZED := src/rings.c

check-portable: $(PORTABLE:%=$(BUILD)/%) $(BUILD)/replay-rings
	$(BUILD)/test-paths
	$(BUILD)/test-rings
	$(BUILD)/test-channel
	$(BUILD)/replay-rings 20000 fuzz/corpus/rings/*

$(BUILD)/test-paths: src/paths.c
$(BUILD)/test-rings: src/rings.c
$(BUILD)/test-channel: src/channel.c src/rings.c
$(PORTABLE:%=$(BUILD)/%): $(BUILD)/%: tests/%.c $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(SANITIZED) -o $@ $(filter %.c,$^)

$(BUILD)/replay-rings: fuzz/fuzz-rings.c fuzz/replay.c $(FUZZED) $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(SANITIZED) -o $@ $(filter %.c,$^)

# A search with libFuzzer, which needs clang's run-time library (Debian: libclang-rt-14-dev).
FUZZ_SECONDS ?= 60
fuzz:
	mkdir -p $(BUILD)/found-rings
	clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc $(SHARED:%=-I%) -o $(BUILD)/fuzz-rings \
		fuzz/fuzz-rings.c $(FUZZED)
	$(BUILD)/fuzz-rings -max_total_time=$(FUZZ_SECONDS) $(BUILD)/found-rings fuzz/corpus/rings

.PHONY: check-portable fuzz
