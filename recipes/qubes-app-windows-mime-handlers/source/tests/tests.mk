# SPDX-License-Identifier: GPL-2.0-or-later
# check: natively. check-wine: the same as Windows programs, and the registration. DEPS: core-admin's tree for it.

PORTABLE_OBJ = $(BUILD)/src/request.o $(BUILD)/src/registration.o
FUZZ_TIME ?= 60
CLANG     ?= clang

$(BUILD)/tests/test-request$(EXE): $(BUILD)/tests/test-request.o $(PORTABLE_OBJ)
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

$(BUILD)/tests/fake-client$(EXE): $(BUILD)/tests/fake-client.o
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

$(BUILD)/fuzz/replay-request$(EXE): $(BUILD)/fuzz/fuzz-request.o $(BUILD)/fuzz/replay.o $(PORTABLE_OBJ)
	$(CC) -o $@ $^ $(DEPS_LINK) $(OS_LINK)

tests: all $(BUILD)/tests/test-request$(EXE) $(BUILD)/tests/fake-client$(EXE) $(BUILD)/fuzz/replay-request$(EXE)

check: tests
	$(BUILD)/tests/test-request
	$(BUILD)/fuzz/replay-request fuzz/corpus/*
	bash tests/program.sh $(abspath $(BUILD)) ""

check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine tests
	bash tests/wine.sh $(abspath $(BUILD))/wine

fuzz:
	@mkdir -p $(BUILD)/fuzz/found
	$(CLANG) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc -o $(BUILD)/fuzz/fuzz-request \
	  fuzz/fuzz-request.c src/request.c
	$(BUILD)/fuzz/fuzz-request -max_total_time=$(FUZZ_TIME) -max_len=4096 $(BUILD)/fuzz/found fuzz/corpus

.PHONY: tests
.SECONDARY:
