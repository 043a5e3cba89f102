# SPDX-License-Identifier: GPL-2.0-or-later
# check: messages and names, fuzz corpus, and the host with real framed messages.
CLANG     ?= clang
FUZZ_TIME ?= 60
SANITIZE   = -std=c11 -g -O1 -Wall -Wextra -Werror -Isrc
FUZZED     = fuzz/fuzz-message.c $(PARTS:%=src/%.c)

$(BUILD)/tests/test-message: $(BUILD)/tests/test-message.o $(PARTS:%=$(BUILD)/src/%.o)
	$(CC) -o $@ $^ -pie

$(BUILD)/replay: $(FUZZED) fuzz/replay.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

check: all $(BUILD)/tests/test-message $(BUILD)/replay
	$(BUILD)/tests/test-message
	$(BUILD)/replay 20000 fuzz/corpus/*
	bash tests/host.sh $(abspath $(BUILD))

fuzz:
	@mkdir -p $(BUILD)/found
	$(CLANG) $(SANITIZE) -fsanitize=fuzzer,address,undefined -o $(BUILD)/fuzz-message $(FUZZED)
	$(BUILD)/fuzz-message -max_total_time=$(FUZZ_TIME) $(BUILD)/found fuzz/corpus

.SECONDARY:
