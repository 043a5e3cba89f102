# SPDX-License-Identifier: GPL-2.0-or-later
# check: what is kept of a domain's answer, which daemons run, fuzz corpus, and the real program with real domains and tools of desktops.
CLANG     ?= clang
FUZZ_TIME ?= 60
SANITIZE   = -std=c11 -g -O1 -Wall -Wextra -Werror -Isrc

$(BUILD)/tests/test-applications: $(BUILD)/tests/test-applications.o $(BUILD)/src/applications.o
	$(CC) -o $@ $^ -pie

$(BUILD)/tests/test-daemons: $(BUILD)/tests/test-daemons.o $(BUILD)/src/daemons.o
	$(CC) -o $@ $^ -pie

$(BUILD)/replay: fuzz/fuzz-applications.c fuzz/replay.c src/applications.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)

check: all $(BUILD)/tests/test-applications $(BUILD)/tests/test-daemons $(BUILD)/replay
	$(BUILD)/tests/test-applications
	$(BUILD)/tests/test-daemons
	$(BUILD)/replay 20000 fuzz/corpus/*
	bash tests/menus.sh $(abspath $(BUILD))

fuzz:
	@mkdir -p $(BUILD)/found
	$(CLANG) $(SANITIZE) -fsanitize=fuzzer,address,undefined -o $(BUILD)/fuzz-applications fuzz/fuzz-applications.c \
		src/applications.c
	$(BUILD)/fuzz-applications -max_total_time=$(FUZZ_TIME) $(BUILD)/found fuzz/corpus

.SECONDARY:
