# SPDX-License-Identifier: GPL-2.0-or-later
# The tests: real calls between real domains, relayed and direct, with a hostile domain among them;
# and what the machine says when it is up.
EMPTY :=
# Two domains on one machine meet over core-vchan-socket, whichever provider the programs get later.
WITH_SOCKETS := LD_LIBRARY_PATH=$(subst $(EMPTY) $(EMPTY),:,$(addsuffix /vchan-socket,$(abspath $(DEPS_LIB))))

$(BUILD)/hostile: tests/hostile.c tests/expect.h $(LIBRARY)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIBS)

ifeq ($(TARGET_OS),windows)
check:
	$(MAKE) TARGET_OS=linux BUILD=$(BUILD)/native DEPS= CROSS= CC=gcc AR=ar check
else
check: all $(BUILD)/hostile
	$(WITH_SOCKETS) tests/calls.sh $(BUILD) $(DEPS) relay
	$(WITH_SOCKETS) tests/calls.sh $(BUILD) $(DEPS) direct
	tests/ready.sh
endif
