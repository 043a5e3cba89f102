# SPDX-License-Identifier: GPL-2.0-or-later
# The tests: GUIDs everywhere, a guest's end on Linux, a host's end under Wine.
LINK_TEST = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@

$(BUILD)/test-guid$(EXE): tests/test-guid.c src/guid.c src/guid.h tests/expect.h | $(BUILD)
	$(LINK_TEST) tests/test-guid.c src/guid.c $(LIBS)

# The guest's end with the loopback address for the host's.
GUEST := -DVCHAN_HOST_CID=VMADDR_CID_LOCAL src/provider.c src/endpoint-linux.c

$(BUILD)/test-guest: tests/test-guest.c src/provider.c src/endpoint-linux.c $(HEADERS) tests/expect.h $(DEPS_READY) | $(BUILD)
	$(LINK_TEST) tests/test-guest.c $(GUEST) $(STREAM) $(LIBS)

$(BUILD)/test-host.exe: tests/test-host.c tests/expect.h $(OBJECTS)
	$(LINK_TEST) tests/test-host.c $(OBJECTS) $(STREAM) $(LIBS)

ifeq ($(TARGET_OS),windows)
check:
	$(MAKE) TARGET_OS=linux BUILD=$(BUILD)/native DEPS= CROSS= CC=gcc check
else
check: $(BUILD)/test-guid $(BUILD)/test-guest
	$(BUILD)/test-guid
	VCHAN_CONNECT_TIMEOUT=0 $(BUILD)/test-guest
endif

check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine wine-programs
	tests/wine.sh $(BUILD)/wine

wine-programs: $(BUILD)/test-guid$(EXE) $(BUILD)/test-host$(EXE)

.PHONY: wine-programs
