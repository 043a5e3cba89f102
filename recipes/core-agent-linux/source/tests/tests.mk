# SPDX-License-Identifier: GPL-2.0-or-later
# The tests: modules, fuzz corpora, and the real agent between a daemon and callers that the test plays.
LINK_TEST = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@
# Two domains on one machine meet over core-vchan-socket, whichever provider the programs get later.
EMPTY :=
WITH_SOCKETS := LD_LIBRARY_PATH=$(subst $(EMPTY) $(EMPTY),:,$(addsuffix /vchan-socket,$(abspath $(DEPS_LIB))))
FUZZ_TARGETS := protocol command channel
FUZZED := src/protocol.c src/command.c
FUZZED_channel := src/channel.c src/wait-linux.c
REPLAYS := $(FUZZ_TARGETS:%=$(BUILD)/replay-%)

$(BUILD)/test-%: tests/test-%.c tests/expect.h $(LIBRARY)
	$(LINK_TEST) $< $(LIBRARY) $(LIBS)

$(BUILD)/replay-%: fuzz/fuzz-%.c fuzz/replay.c $(wildcard src/*.c) $(HEADERS) $(DEPS_READY) | $(BUILD)
	$(CC) -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude \
		$(DEPS_INCLUDE:%=-I%) -o $@ fuzz/replay.c $< $(FUZZED) $(FUZZED_$*)

ifeq ($(TARGET_OS),windows)
check:
	$(MAKE) TARGET_OS=linux BUILD=$(BUILD)/native DEPS= CROSS= CC=gcc AR=ar check
else
check: all $(BUILD)/test-protocol $(BUILD)/test-command $(BUILD)/test-agent $(REPLAYS)
	$(WITH_SOCKETS) $(BUILD)/test-protocol
	$(WITH_SOCKETS) $(BUILD)/test-command
	$(BUILD)/replay-protocol 20000 fuzz/corpus/protocol/*
	$(BUILD)/replay-command 20000 fuzz/corpus/command/*
	$(BUILD)/replay-channel 20000 fuzz/corpus/channel/*
	$(WITH_SOCKETS) $(BUILD)/test-agent $(abspath $(BUILD))
	bash tests/services.sh $(abspath $(BUILD))
endif

# A search with libFuzzer, which needs clang's run-time library (Debian: libclang-rt-14-dev).
FUZZ_SECONDS ?= 60
fuzz: $(DEPS_READY) | $(BUILD)
	for target in $(FUZZ_TARGETS); do \
		mkdir -p $(BUILD)/found-$$target && \
		clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude $(DEPS_INCLUDE:%=-I%) \
			-o $(BUILD)/fuzz-$$target fuzz/fuzz-$$target.c $(FUZZED) \
			$$(test $$target != channel || echo $(FUZZED_channel)) && \
		$(BUILD)/fuzz-$$target -max_total_time=$(FUZZ_SECONDS) $(BUILD)/found-$$target fuzz/corpus/$$target || exit 1; \
	done
