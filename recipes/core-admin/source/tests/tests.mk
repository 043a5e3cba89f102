# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# check: module tests, fuzz corpus and the real program, natively. check-wine: the same, built for Windows.

TESTS     = text domains policy vmm
FUZZERS   = conf policy
CORPUS    = $(wildcard fuzz/corpus/*)
TEST_BIN  = $(TESTS:%=$(BUILD)/tests/test-%$(EXE))
FUZZ_BIN  = $(FUZZERS:%=$(BUILD)/fuzz/replay-%$(EXE))
FAKE      = $(BUILD)/tests/fake-driver$(EXE)
FUZZ_TIME ?= 60
CLANG     ?= clang
# The tests begin in main on both systems.
TEST_LINK = $(filter-out -s -municode,$(OS_LINK))

$(BUILD)/tests/test-%$(EXE): $(BUILD)/tests/test-%.o $(LIB)
	$(CC) -o $@ $^ $(TEST_LINK)

$(FAKE): $(BUILD)/tests/fake-driver.o
	$(CC) -o $@ $^ $(TEST_LINK)

$(BUILD)/fuzz/replay-%$(EXE): $(BUILD)/fuzz/fuzz-%.o $(BUILD)/fuzz/replay.o $(LIB)
	$(CC) -o $@ $^ $(TEST_LINK)

# What check and check-wine run; built for the target of this make.
tests: all $(TEST_BIN) $(FUZZ_BIN) $(FAKE)

check: tests
	bash tests/run.sh "$(abspath $(BUILD))" "" $(CORPUS)

check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine tests
	bash tests/wine.sh "$(abspath $(BUILD))/wine" $(CORPUS)

# Searches for crashes with libFuzzer; new inputs go to BUILD, never into the source tree.
fuzz: $(FUZZERS:%=fuzz-%)

fuzz-%:
	@mkdir -p $(BUILD)/fuzz/found-$*
	$(CLANG) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iinclude -Isrc \
	  -o $(BUILD)/fuzz/fuzz-$* fuzz/fuzz-$*.c $(LIB_SRC)
	$(BUILD)/fuzz/fuzz-$* -max_total_time=$(FUZZ_TIME) -max_len=4096 $(BUILD)/fuzz/found-$* fuzz/corpus

.PHONY: tests
.SECONDARY:
