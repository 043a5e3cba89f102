# SPDX-License-Identifier: GPL-2.0-or-later
# check: which command lines are allowed, fuzz corpus, and both programs with real keys and the real policy.
CLANG     ?= clang
FUZZ_TIME ?= 60
SANITIZE   = -std=c11 -g -O1 -Wall -Wextra -Werror -Isrc
FUZZED     = fuzz/fuzz-request.c src/options.c src/request.c

$(BUILD)/tests/test-options: $(BUILD)/tests/test-options.o $(SHARED)
	$(CC) -o $@ $^ -pie

$(BUILD)/replay: $(FUZZED) fuzz/replay.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

check: all $(BUILD)/tests/test-options $(BUILD)/replay
	$(BUILD)/tests/test-options
	$(BUILD)/replay 20000 fuzz/corpus/*
	bash tests/split.sh $(abspath $(BUILD))

fuzz:
	@mkdir -p $(BUILD)/found
	$(CLANG) $(SANITIZE) -fsanitize=fuzzer,address,undefined -o $(BUILD)/fuzz-request $(FUZZED)
	$(BUILD)/fuzz-request -max_total_time=$(FUZZ_TIME) $(BUILD)/found fuzz/corpus

.SECONDARY:
