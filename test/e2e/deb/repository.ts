// A repository of somebody else that says itself how it is built: upstream's archive, a series of patches, a command.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PATCH = `--- a/hello
+++ b/hello
@@ -1 +1 @@
-echo hello
+echo patched
`;

/** Files of the repository, without upstream's archive and its checksum. */
const FILES: Readonly<Record<string, string>> = {
  version: '1.0\n',
  rel: '3\n',
  '.qubesbuilder': `vm:
  deb:
    build: [packaging/debian]
    source:
      commands:
      - '@PLUGINS_DIR@/source_deb/scripts/debian-quilt @SOURCE_DIR@/series.conf @BUILD_DIR@/debian/patches'
      - 'sed -i "s/A greeting/A @VERREL@ greeting/" @SOURCE_DIR@/packaging/debian/control'
vm-trixie:
  deb:
    build: [elsewhere/debian]
source:
  files:
  - url: OFFERED/hello-@VERSION@.tar.gz
    sha256: hello.sha256
`,
  'series.conf': '# a comment\npatches/one.patch\npatches/absent.patch\n',
  'patches/one.patch': PATCH,
  'packaging/debian/control': `Source: hello
Section: utils
Priority: optional
Maintainer: Test <test@example.org>
Build-Depends: debhelper-compat (= 13)
Standards-Version: 4.6.2

Package: hello
Architecture: all
Depends: \${misc:Depends}
Description: A greeting
 Prints it.
`,
  'packaging/debian/changelog':
    'hello (1.0-3) unstable; urgency=medium\n\n  * First.\n\n -- Test <test@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n',
  'packaging/debian/rules': '#!/usr/bin/make -f\n%:\n\tdh $@\n',
  'packaging/debian/install': 'hello usr/bin\n',
  'packaging/debian/source/format': '3.0 (quilt)\n',
};

/** Makes the repository and what it names below `dir`; yields what its URL begins with. Its tag is `v1.0`. */
export function helloRepository(dir: string): string {
  const repository = join(dir, 'wood-hello');
  mkdirSync(join(dir, 'hello-1.0'), { recursive: true });
  writeFileSync(join(dir, 'hello-1.0/hello'), 'echo hello\n', { mode: 0o755 });
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: dir, env: { PATH: process.env.PATH, HOME: '/nonexistent' } });
  run('tar', '--create', '--gzip', '--file=hello-1.0.tar.gz', 'hello-1.0');
  const sum = run('sha256sum', 'hello-1.0.tar.gz').toString();
  const files = { ...FILES, 'hello.sha256': sum };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), content.replace('OFFERED', `file://${dir}`));
  }
  const git = (...args: string[]) =>
    run('git', '-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args);
  run('git', 'init', '--quiet', repository);
  git('add', '--all');
  git('commit', '--quiet', '-m', 'x');
  git('tag', 'v1.0');
  return `file://${dir}/wood-`;
}
