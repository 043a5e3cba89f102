// A tiny workspace with Linux packages: a library and a program on it, as RPM and as Debian packages.
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, type Workbench } from './workbench.ts';

/** The product `shelf`, for a VMM called `bench`, with one repository of each kind. */
const PRODUCT = `kind: product
name: shelf
title: Shelf
publisher: Carpenter
version: 1.0.0
vmm: bench
licensing: gpl
domains:
  admin: { os: debian-12 }
components: [board, plank, nail]
deliverables:
  - { kind: rpm-repository, distribution: debian-12 }
  - { kind: apt-repository, distribution: debian-12 }
`;

const VMM = `kind: vmm
name: bench
title: A bench
hosting: hosted
libvirtDriver: bench
guestDisk: raw
interfaces: []
trustedComputingBase: [everything]
`;

const SPEC_HEAD = `Version: 1.0
Release: 1
License: GPL-2.0-or-later
Source0: %{name}-%{version}.tar.gz
`;

const FILES: Readonly<Record<string, string>> = {
  'products/shelf.yaml': PRODUCT,
  'products/vmm/bench.yaml': VMM,
  'recipes/plank/recipe.yaml': recipe('plank', '{ kind: rpm }'),
  'recipes/plank/source/plank.spec': `Name: plank
Summary: A library
${SPEC_HEAD}%description
A library in a header.
%package devel
Summary: Its header
%description devel
The header.
%prep
%setup -q
%build
%install
install -D -m 644 plank.h %{buildroot}%{_includedir}/plank.h
%files devel
%{_includedir}/plank.h
`,
  'recipes/plank/source/plank.h': 'static const char plank[] = "a plank";\n',
  'recipes/board/recipe.yaml': recipe('board', '{ kind: rpm, spec: rpm/board.spec }', 'dependsOn: [plank]\n'),
  'recipes/board/source/rpm/board.spec': `Name: board
Summary: A program
${SPEC_HEAD}Patch0: board-louder.patch
%description
A program on the library.
%prep
%setup -q
%patch0 -p1
%build
gcc %{optflags} -o board board.c
%install
install -D board %{buildroot}%{_bindir}/board
%files
%{_bindir}/board
`,
  'recipes/board/source/rpm/board-louder.patch': `--- a/board.c
+++ b/board.c
@@ -1,3 +1,3 @@
 #include <stdio.h>
 #include <plank.h>
-int main(void) { puts(plank); return 0; }
+int main(void) { printf("%s!\\n", plank); return 0; }
`,
  'recipes/board/source/board.c':
    '#include <stdio.h>\n#include <plank.h>\nint main(void) { puts(plank); return 0; }\n',
  'recipes/nail/recipe.yaml': recipe('nail', '{ kind: deb }'),
  'recipes/nail/source/debian/source/format': '3.0 (native)\n',
  'recipes/nail/source/debian/control': `Source: nail
Section: misc
Priority: optional
Maintainer: Carpenter <carpenter@example.org>
Standards-Version: 4.6.2
Build-Depends: debhelper-compat (= 13)

Package: nail
Architecture: all
Depends: \${misc:Depends}
Description: A nail
 It holds things together.
`,
  'recipes/nail/source/debian/changelog': `nail (1.0) unstable; urgency=medium

  * A nail.

 -- Carpenter <carpenter@example.org>  Thu, 01 Jan 2026 00:00:00 +0000
`,
  'recipes/nail/source/debian/rules': '#!/usr/bin/make -f\n%:\n\tdh $@\n',
  'recipes/nail/source/debian/install': 'nail.txt usr/share/nail\n',
  'recipes/nail/source/nail.txt': 'A nail.\n',
};

/** Writes the workspace, with the project's own distribution and lock. */
export function shelfWorkspace<B extends Workbench>(bench: B): B {
  for (const file of ['distributions/debian-12.yaml', 'qbuild.lock', 'qbuild.yaml']) {
    mkdirSync(join(bench.workspace, file, '..'), { recursive: true });
    copyFileSync(join(PROJECT, file), join(bench.workspace, file));
    chmodSync(join(bench.workspace, file), 0o644);
  }
  for (const [file, content] of Object.entries(FILES)) bench.write(file, content);
  chmodSync(join(bench.workspace, 'recipes/nail/source/debian/rules'), 0o755);
  return bench;
}

function recipe(name: string, build: string, more = ''): string {
  return `kind: recipe
name: ${name}
summary: A small component
license: GPL-2.0-or-later
${more}source: { local: source }
packages:
  - target: debian-12/amd64
    build: ${build}
`;
}
