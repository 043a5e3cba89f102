# SPDX-License-Identifier: GPL-2.0-or-later
# The build for Windows: libvchan.dll, and the programs that test it under Wine.
VERSION ?= $(shell cat version)
DESTDIR ?=
CROSS ?= x86_64-w64-mingw32-
ifeq ($(origin CC),default)
CC := $(CROSS)gcc
endif

# Without given dependencies, they are built from the neighbouring sources.
ifeq ($(DEPS),)
override DEPS := $(BUILD)/deps
DEPS_READY := $(DEPS)/ready
endif
CPPFLAGS_ALL := -Isrc -I$(DEPS)/include -D_FORTIFY_SOURCE=2 -D_WIN32_WINNT=0x0A00 -DUNICODE -D_UNICODE \
	-D__USE_MINGW_ANSI_STDIO=1 $(CPPFLAGS)
CFLAGS_ALL := -std=c11 -O2 -Wall -Wextra -Werror -fstack-protector-strong -fvisibility=hidden \
	-ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LDFLAGS_ALL := -s -static -static-libgcc -Wl,--no-insert-timestamp,--dynamicbase,--nxcompat,--high-entropy-va
STREAM := -L$(DEPS)/lib -lvchan-stream
LIBS := -lsetupapi -lws2_32 -ladvapi32 -lssp
PARTS := provider-windows link-windows xen-windows channel rings paths
OBJECTS := $(PARTS:%=$(BUILD)/%.o)
HEADERS := $(wildcard src/*.h)
LIBRARY := $(BUILD)/libvchan.dll

all: $(LIBRARY)

$(BUILD):
	mkdir -p $@

$(BUILD)/deps/ready: $(shell find $(NEIGHBOUR) -name '*.[ch]' 2>/dev/null) | $(BUILD)
	$(MAKE) -C $(NEIGHBOUR) TARGET_OS=windows BUILD=$(abspath $(BUILD))/core-vchan-socket \
		DESTDIR=$(abspath $(BUILD))/deps DEPS= install
	touch $@

$(BUILD)/%.o: src/%.c $(HEADERS) $(DEPS_READY) | $(BUILD)
	$(CC) $(CPPFLAGS_ALL) -DVCHAN_BUILD $(CFLAGS_ALL) -c -o $@ $<

$(LIBRARY): $(OBJECTS) $(BUILD)/driver-windows.o
	$(CC) -shared $(LDFLAGS_ALL) -Wl,--disable-auto-image-base,--out-implib,$(BUILD)/libvchan.dll.a -o $@ $^ \
		$(STREAM) $(LIBS)

# Programs are built against the provider they get, so it installs what they need, the stream layer too.
install: all
	mkdir -p $(DESTDIR)/bin $(DESTDIR)/lib $(DESTDIR)/include
	install -m 755 $(LIBRARY) $(DESTDIR)/bin/
	install -m 644 $(BUILD)/libvchan.dll.a $(DEPS)/lib/libvchan-stream.a $(DESTDIR)/lib/
	install -m 644 $(DEPS)/include/libvchan.h $(DEPS)/include/vchan-stream.h $(DESTDIR)/include/

check:
	$(MAKE) TARGET_OS=linux BUILD=$(BUILD)/native DEPS= CROSS= CC=gcc check

LINK_TEST = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@

# The scenarios of all providers, over a driver that the test program has inside; and what the real one answers here.
$(BUILD)/peer.exe: $(NEIGHBOUR)/tests/peer.c tests/simulated-driver.c tests/simulation.h $(OBJECTS)
	$(LINK_TEST) $(NEIGHBOUR)/tests/peer.c tests/simulated-driver.c $(OBJECTS) $(STREAM) $(LIBS)

# The library itself with that driver inside, for other components' programs.
$(BUILD)/simulated/libvchan.dll: tests/simulated-driver.c tests/simulation.h $(OBJECTS)
	mkdir -p $(@D)
	$(LINK_TEST) -shared tests/simulated-driver.c $(OBJECTS) $(STREAM) $(LIBS)

$(BUILD)/hypervisor.exe: tests/hypervisor.c tests/simulation.h $(DEPS_READY) | $(BUILD)
	$(LINK_TEST) tests/hypervisor.c

$(BUILD)/test-no-driver.exe: tests/test-no-driver.c $(LIBRARY)
	$(LINK_TEST) -I$(NEIGHBOUR)/tests tests/test-no-driver.c -L$(BUILD) -l:libvchan.dll.a $(LIBS)

wine-programs: $(BUILD)/simulated/libvchan.dll $(BUILD)/peer.exe $(BUILD)/hypervisor.exe $(BUILD)/test-no-driver.exe

clean:
	rm -rf $(BUILD)

.PHONY: all install clean wine-programs
