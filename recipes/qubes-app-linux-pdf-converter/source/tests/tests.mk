# SPDX-License-Identifier: GPL-2.0-or-later
# check: the protocol's bounds, fuzz corpus, and conversions of real PDFs with the real renderer and policy.
CLANG     ?= clang
FUZZ_TIME ?= 60
SANITIZE   = -std=c11 -g -O1 -Wall -Wextra -Werror -Isrc
FUZZED     = fuzz/fuzz-pages.c src/pages.c src/pdf.c

$(BUILD)/tests/test-pages: $(BUILD)/tests/test-pages.o $(BUILD)/src/pages.o
	$(CC) -o $@ $^ -pie

$(BUILD)/replay: $(FUZZED) fuzz/replay.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^) -lz

check: all $(BUILD)/tests/test-pages $(BUILD)/replay
	$(BUILD)/tests/test-pages
	$(BUILD)/replay 5000 fuzz/corpus/*
	bash tests/convert.sh $(abspath $(BUILD))

fuzz:
	@mkdir -p $(BUILD)/found
	$(CLANG) $(SANITIZE) -fsanitize=fuzzer,address,undefined -o $(BUILD)/fuzz-pages $(FUZZED) -lz
	$(BUILD)/fuzz-pages -max_total_time=$(FUZZ_TIME) $(BUILD)/found fuzz/corpus

.SECONDARY:
