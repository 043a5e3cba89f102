// A tiny workspace with Debian packages: a library, and a program that is linked with it.
import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { PROJECT, type ProductRun, type Workbench } from '../workbench.ts';

export const LIBRARY = 'recipes/libgreet/source';
export const PROGRAM = 'recipes/greeter/source';

export const BUILD_LIBRARY = 'build:libgreet:debian-12/amd64';
export const INSTALL = 'install:greeter:debian-12/amd64';
export const BUILD_PROGRAM = 'build:greeter:debian-12/amd64';

const RULES = '#!/usr/bin/make -f\n%:\n\tdh $@\n';

function changelog(source: string, version: string): string {
  return `${source} (${version}) unstable; urgency=medium

  * First.

 -- Test <test@example.org>  Thu, 01 Jan 2026 00:00:00 +0000
`;
}

export function recipe(name: string, build = 'kind: deb'): string {
  return `kind: recipe
name: ${name}
summary: A small component
license: GPL-2.0-or-later
source: { local: source }
packages:
  - target: debian-12/amd64
    build: { ${build} }
`;
}

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
  app: { os: debian-12 }
components: [greeter, libgreet, setup]
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
  'recipes/setup/recipe.yaml': recipe('setup', 'kind: windows, check: false').replace(
    'debian-12/amd64',
    'windows/amd64',
  ),
  'recipes/setup/source/Makefile': 'all:\ninstall:\n',
  'recipes/setup/installer.yaml': `kind: installer
upgradeCode: 2f0c1c0e-6a53-4a55-9a3e-3d0f3f9d0a12
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
  'recipes/libgreet/recipe.yaml': recipe('libgreet'),
  [`${LIBRARY}/Makefile`]: `libdir = /usr/lib/$(shell gcc -print-multiarch)
all: libgreet.so.1
libgreet.so.1: greet.c
	gcc $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -shared -fPIC -Wl,-soname,$@ -o $@ greet.c
install: all
	install -D libgreet.so.1 $(DESTDIR)$(libdir)/libgreet.so.1
	ln -s libgreet.so.1 $(DESTDIR)$(libdir)/libgreet.so
	install -D -m 644 greet.h $(DESTDIR)/usr/include/greet.h
clean:
	rm -f libgreet.so.1
`,
  [`${LIBRARY}/greet.h`]: 'const char *greet(void);\n',
  [`${LIBRARY}/debian/control`]: `Source: libgreet
Section: libs
Priority: optional
Maintainer: Test <test@example.org>
Build-Depends: debhelper-compat (= 13)
Standards-Version: 4.6.2
Rules-Requires-Root: no

Package: libgreet1
Architecture: any
Depends: \${shlibs:Depends}, \${misc:Depends}
Description: says hello
 Says hello.

Package: libgreet-dev
Architecture: any
Section: libdevel
Depends: libgreet1 (= \${binary:Version}), \${misc:Depends}
Provides: greet-headers
Description: says hello, for developers
 Says hello.

Package: greet-doc
Architecture: all
Section: doc
Depends: \${misc:Depends}
Description: tells about greetings
 No build needs it.
`,
  [`${LIBRARY}/debian/changelog`]: changelog('libgreet', '1.0'),
  [`${LIBRARY}/debian/rules`]: RULES,
  [`${LIBRARY}/debian/source/format`]: '3.0 (native)\n',
  [`${LIBRARY}/debian/libgreet1.install`]: 'usr/lib/*/libgreet.so.1\n',
  [`${LIBRARY}/debian/libgreet-dev.install`]: 'usr/lib/*/libgreet.so\nusr/include\n',
  'recipes/greeter/recipe.yaml': recipe('greeter'),
  [`${PROGRAM}/Makefile`]: `all: greeter
greeter: greeter.c
	gcc $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ greeter.c -lgreet
check: all
	./greeter | grep --quiet '^hello '
install: all
	install -D greeter $(DESTDIR)/usr/bin/greeter
clean:
	rm -f greeter
`,
  [`${PROGRAM}/greeter.c`]: `#include <greet.h>
#include <stdio.h>
int main(void) { puts(greet()); return 0; }
`,
  [`${PROGRAM}/debian/control`]: `Source: greeter
Section: utils
Priority: optional
Maintainer: Test <test@example.org>
Build-Depends: debhelper-compat (= 13), absent-here [!amd64] | greet-headers, absent-there <never>
Standards-Version: 4.6.2

Package: greeter
Architecture: any
Depends: \${shlibs:Depends}, \${misc:Depends}
Description: prints a greeting
 Prints a greeting.
`,
  [`${PROGRAM}/debian/changelog`]: changelog('greeter', '1:2.0-3'),
  // Shows what becomes of the environment of dpkg-deb, and how memory is for every other tool.
  [`${PROGRAM}/debian/rules`]: `${RULES}
override_dh_builddeb:
	echo "tools: $$GLIBC_TUNABLES"
	sh -x "$$(command -v dpkg-deb)" --version
	dh_builddeb
`,
  [`${PROGRAM}/debian/source/format`]: '3.0 (quilt)\n',
};

export function librarySource(word: string): string {
  return `const char *greet(void) { return "hello ${word}"; }\n`;
}

/** Writes the workspace. The library's word is in no other one, so what is built here was never built before. */
export function debWorkspace<B extends Workbench>(bench: B): B {
  for (const file of ['distributions/debian-12.yaml', 'qbuild.lock', 'qbuild.yaml']) {
    mkdirSync(join(bench.workspace, file, '..'), { recursive: true });
    copyFileSync(join(PROJECT, file), join(bench.workspace, file));
    chmodSync(join(bench.workspace, file), 0o644);
  }
  for (const [file, content] of Object.entries(FILES)) bench.write(file, content);
  bench.write(`${LIBRARY}/greet.c`, librarySource(randomUUID()));
  return bench;
}

/** The trees that a run's action made or found, by output. */
export function outputsOf(bench: Workbench, { events }: ProductRun, action: string): Record<string, string> {
  const known = events.find((event) => event.action === action && 'key' in event)?.key;
  const key = typeof known === 'string' ? known : expect.fail(`the run has no ${action}`);
  const file = readdirSync(join(bench.store, 'results'), { recursive: true, encoding: 'utf8' }).find((name) =>
    name.includes(key),
  );
  const result = JSON.parse(readFileSync(join(bench.store, 'results', file ?? key), 'utf8'));
  const outputs = Object.entries(result.outputs as Record<string, { digest: string }>);
  return Object.fromEntries(
    outputs.map(([name, { digest }]) => {
      const hash = digest.slice(0, 64);
      return [name, join(bench.store, 'trees', hash.slice(0, 2), hash)];
    }),
  );
}
