# SPDX-License-Identifier: GPL-2.0-or-later
# The tests: portable parts here, the programs under Wine.
$(BUILD)/test-app-id: tests/test-app-id.c src/app-id.c src/app-id.h tests/expect.h | $(BUILD)
	gcc -std=c11 -O2 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ \
		tests/test-app-id.c src/app-id.c

check: $(BUILD)/test-app-id
	$(BUILD)/test-app-id
	tests/services.sh $(SERVICES)

WINE_PROGRAMS := peer link service copy

$(WINE_PROGRAMS:%=$(BUILD)/%.exe): $(BUILD)/%.exe: tests/%.c tests/expect.h $(DEPS_READY) | $(BUILD)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIBS)

check-wine:
	$(MAKE) TARGET_OS=windows BUILD=$(BUILD)/wine all wine-programs
	tests/wine.sh $(BUILD)/wine $(BUILD)/wine/deps

wine-programs: $(WINE_PROGRAMS:%=$(BUILD)/%.exe)

.PHONY: wine-programs
