# SPDX-License-Identifier: GPL-2.0-or-later
# The tests: a unit test, and two real processes for each transport, on Linux and under Wine.
ifeq ($(OS),linux)
TEST_RPATH := -Wl,-rpath,'$$ORIGIN'
endif
TEST_LINK = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@
PEERS := $(BUILD)/peer$(EXE) $(BUILD)/peer-inet$(EXE)

$(BUILD)/test-ring$(EXE): tests/test-ring.c $(BUILD)/ring.o tests/expect.h
	$(TEST_LINK) tests/test-ring.c $(BUILD)/ring.o $(LIBS)

$(BUILD)/peer$(EXE): tests/peer.c tests/expect.h $(LINK_LIBRARY)
	$(TEST_LINK) $(TEST_RPATH) tests/peer.c $(LINK_LIBRARY) $(LIBS)

$(BUILD)/peer-inet$(EXE): tests/peer.c tests/inet.c tests/expect.h $(BUILD)/libvchan-stream.a
	$(TEST_LINK) tests/peer.c tests/inet.c $(BUILD)/libvchan-stream.a $(LIBS)

ifeq ($(TARGET_OS),windows)
check:
	$(MAKE) TARGET_OS=linux BUILD=$(BUILD)/native CROSS= CC=gcc AR=ar check
else
check: $(BUILD)/test-ring $(PEERS)
	$(BUILD)/test-ring
	tests/two-ends.sh $(abspath $(BUILD))/peer
	tests/two-ends.sh $(abspath $(BUILD))/peer-inet
endif

check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine wine-programs
	tests/wine.sh $(BUILD)/wine

wine-programs: $(PEERS)

.PHONY: wine-programs
