// A tiny workspace: a product with three small components, for tests that break things on purpose.
import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, type Workbench } from './workbench.ts';

/** Sources of `words` and `hello`, the components that tests break. */
export const WORDS_C = 'recipes/words/source/words.c';
export const HELLO_C = 'recipes/hello/source/hello.c';
export const HELLO_MAKEFILE = 'recipes/hello/source/Makefile';

/** All actions of `--only hello` that are not roots. */
export const HELLO_ACTIONS = [
  'build:hello:windows/amd64',
  'build:words:windows/amd64',
  'check:hello:windows/amd64',
  'check:words:windows/amd64',
];

export const ROOT_ACTIONS = ['root:debian-12:base', 'root:debian-12:windows-build'];

const FILES: Readonly<Record<string, string>> = {
  'products/tiny.yaml': `kind: product
name: tiny
title: Tiny
publisher: Test
version: 1.0.0
vmm: bench
licensing: gpl
domains:
  admin: { os: windows }
components: [hello, lonely, setup]
deliverables:
  - kind: installer
    formats: [exe]
`,
  'products/vmm/bench.yaml': `kind: vmm
name: bench
title: A bench
hosting: hosted
libvirtDriver: bench
guestDisk: raw
interfaces: []
trustedComputingBase: [everything]
`,
  'recipes/words/recipe.yaml': recipe('words', ''),
  'recipes/words/source/Makefile': `BUILD ?= build
all: $(BUILD)/libwords.a
$(BUILD)/libwords.a: words.c words.h
	mkdir -p $(BUILD)
	$(CROSS)gcc -O2 -c -o $(BUILD)/words.o words.c
	$(CROSS)ar rcD $@ $(BUILD)/words.o
check: all
install: all
	install -D -m 644 $(BUILD)/libwords.a $(DESTDIR)/lib/libwords.a
	install -D -m 644 words.h $(DESTDIR)/include/words.h
`,
  'recipes/words/source/words.h': 'const char *word(void);\n',
  'recipes/hello/recipe.yaml': recipe('hello', 'dependsOn: [words]\n'),
  [HELLO_MAKEFILE]: `BUILD ?= build
SUFFIX := $(if $(filter windows,$(TARGET_OS)),.exe)
comma := ,
LDFLAGS := -s $(if $(SUFFIX),-Wl$(comma)--no-insert-timestamp)
all: $(BUILD)/hello$(SUFFIX)
$(BUILD)/hello$(SUFFIX): hello.c
	mkdir -p $(BUILD)
	$(CROSS)gcc -O2 -I$(DEPS)/include -L$(DEPS)/lib $(LDFLAGS) -o $@ hello.c -lwords
check: all
	$(BUILD)/hello | grep --quiet '^hello '
install: all
	install -D $(BUILD)/hello$(SUFFIX) $(DESTDIR)/bin/hello$(SUFFIX)
`,
  [HELLO_C]: `#include <stdio.h>
#include <words.h>
int main(void) { printf("hello %s\\n", word()); return 0; }
`,
  'recipes/lonely/recipe.yaml': recipe('lonely', '', ', check: false'),
  'recipes/lonely/source/Makefile': `all:
install:
	install -D -m 644 lonely.txt $(DESTDIR)/share/lonely/lonely.txt
`,
  'recipes/lonely/source/lonely.txt': 'Nobody builds on this.\n',
  'recipes/setup/recipe.yaml': recipe('setup', '', ', check: false'),
  'recipes/setup/installer.yaml': `kind: installer
upgradeCode: 2f0c1c0e-6a53-4a55-9a3e-3d0f3f9d0a11
directory: Tiny
data:
  directory: Tiny
  key: Software\\Tiny
helper: bin/helper.exe
licence: share/setup/licence.txt
features:
  - id: core
    title: Everything
    required: true
`,
  'recipes/setup/source/Makefile': `BUILD ?= build
all:
	mkdir -p $(BUILD)
	$(CROSS)gcc -O2 -s -Wl,--no-insert-timestamp -o $(BUILD)/helper.exe helper.c
install: all
	install -D $(BUILD)/helper.exe $(DESTDIR)/bin/helper.exe
	install -D -m 644 licence.txt $(DESTDIR)/share/setup/licence.txt
`,
  'recipes/setup/source/helper.c': 'int main(void) { return 0; }\n',
  'recipes/setup/source/licence.txt': 'Do what you like.\n',
};

/**
 * Writes the workspace of the product `tiny`. `hello` builds on `words`; `lonely` is by itself. The word that
 * they say is in no other workspace, so what is built here was never built before, whatever the store has.
 */
export function tinyWorkspace<B extends Workbench>(bench: B): B {
  for (const file of ['distributions/debian-12.yaml', 'qbuild.lock', 'qbuild.yaml']) {
    mkdirSync(join(bench.workspace, file, '..'), { recursive: true });
    copyFileSync(join(PROJECT, file), join(bench.workspace, file));
    chmodSync(join(bench.workspace, file), 0o644);
  }
  for (const [file, content] of Object.entries(FILES)) bench.write(file, content);
  bench.write(WORDS_C, wordsSource(randomUUID()));
  return bench;
}

export function wordsSource(word: string): string {
  return `#include "words.h"\nconst char *word(void) { return "${word}"; }\n`;
}

function recipe(name: string, more: string, build = ''): string {
  return `kind: recipe
name: ${name}
summary: A small component
license: GPL-2.0-or-later
${more}source: { local: source }
packages:
  - target: windows/amd64
    build: { kind: windows${build} }
`;
}
