# SPDX-License-Identifier: GPL-2.0-or-later
# The Makefile of a provider for Linux. The one that includes it sets PARTS (names below src/), LIBS (libraries
# besides the stream layer's) and NEIGHBOUR (core-vchan-socket's source, for builds without DEPS), and adds `check`.
BUILD ?= build
VERSION ?= $(shell cat version)
DESTDIR ?=
DEPS ?=
PREFIX ?= /usr
MULTIARCH ?= x86_64-linux-gnu
LIBDIR ?= $(PREFIX)/lib/$(MULTIARCH)

ifeq ($(DEPS),)
override DEPS := $(BUILD)/deps
DEPS_READY := $(DEPS)/ready
endif
STREAM := $(DEPS:%=-L%/usr/lib/$(MULTIARCH)) -lvchan-stream
CONFORMANCE := $(DEPS)/usr/share/vchan/conformance
CPPFLAGS_ALL := -Isrc -I$(DEPS)/usr/include -D_FORTIFY_SOURCE=2 $(CPPFLAGS)
CFLAGS_ALL := -std=c11 -O2 -Wall -Wextra -Werror -fstack-protector-strong -fvisibility=hidden -fPIC \
	-ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LDFLAGS_ALL := -Wl,-z,relro,-z,now $(LDFLAGS)
LIBRARY := $(BUILD)/libvchan.so.1
HEADERS := $(wildcard src/*.h)

all: $(LIBRARY)

$(BUILD):
	mkdir -p $@

$(BUILD)/deps/ready: $(shell find $(NEIGHBOUR) -name '*.[ch]' 2>/dev/null) | $(BUILD)
	$(MAKE) -C $(NEIGHBOUR) BUILD=$(abspath $(BUILD))/core-vchan-socket DESTDIR=$(abspath $(BUILD))/deps DEPS= install
	touch $@

$(BUILD)/%.o: src/%.c $(HEADERS) $(DEPS_READY) | $(BUILD)
	$(CC) $(CPPFLAGS_ALL) -DVCHAN_BUILD $(CFLAGS_ALL) -c -o $@ $<

# A provider without functions of its own beyond the constructors gets the stream layer's.
$(LIBRARY): $(PARTS:%=$(BUILD)/%.o)
	$(CC) -shared -Wl,-soname,libvchan.so.1 $(LDFLAGS_ALL) -Wl,-u,libvchan_close -o $@ $^ $(STREAM) $(LIBS)

install: all
	mkdir -p $(DESTDIR)$(LIBDIR)
	install -m 644 $(LIBRARY) $(DESTDIR)$(LIBDIR)/

clean:
	rm -rf $(BUILD)

.PHONY: all check install clean
