// The scripts of the windows step, run by hand as their first lines say: no sandbox, directories of the test's own.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';

const SCRIPTS = join(import.meta.dirname, '../../../src/steps/windows');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-windows-step-'));
  for (const name of ['in', 'out', 'build']) mkdirSync(join(dir, name));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

function run(script: string, env: Record<string, string> = {}) {
  return spawnSync('/bin/bash', [join(SCRIPTS, script)], {
    cwd: join(dir, 'build'),
    env: { PATH: process.env.PATH, QBUILD_IN: join(dir, 'in'), QBUILD_OUT: join(dir, 'out'), ...env },
    encoding: 'utf8',
  });
}

function listed(path: string): string[] {
  const top = join(dir, path);
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1))
    .sort();
}

const MAKEFILE = `all:
	mkdir -p $(BUILD)
	echo "$(TARGET_OS) $(CROSS) $(COLOUR) $(GREETING)" >$(BUILD)/said
check: all
	test "$(TARGET_OS)" = linux -a -z "$(CROSS)"
	echo checked $(COLOUR)
install: all
	mkdir -p "$(DESTDIR)/bin" "$(DESTDIR)/share/my docs" $(DESTDIR)/include $(DESTDIR)/lib
	cp $(BUILD)/said $(DESTDIR)/bin/tool.exe
	chmod 755 $(DESTDIR)/bin/tool.exe
	cat $(DEPS)/include/*.h >"$(DESTDIR)/share/my docs/a b.txt"
	chmod 644 "$(DESTDIR)/share/my docs/a b.txt"
	echo h >$(DESTDIR)/include/own.h
	echo a >$(DESTDIR)/lib/own.a
`;

describe('building a component', () => {
  beforeEach(() => {
    write('in/source/Makefile', MAKEFILE);
    write('in/deps/one/include/one.h', 'one\n');
    write('in/deps/two/include/two.h', 'two\n');
  });

  test('stages what belongs in the product apart from what others build on', () => {
    const { status, stderr } = run('build.sh', { QBUILD_MAKE: 'COLOUR=green' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(listed('out/package')).toEqual(['bin/tool.exe', 'share/my docs/a b.txt']);
    expect(listed('out/dev')).toEqual(['include/own.h', 'lib/own.a']);
    expect(readFileSync(join(dir, 'out/package/bin/tool.exe'), 'utf8')).toBe(
      'windows x86_64-w64-mingw32- green \n',
    );
    expect(readFileSync(join(dir, 'out/package/share/my docs/a b.txt'), 'utf8')).toBe('one\ntwo\n');
  });

  test('lists the files of the package with mode, size and checksum', () => {
    expect(run('build.sh').status).toBe(0);
    const said = readFileSync(join(dir, 'out/package/bin/tool.exe'), 'utf8');
    expect(readFileSync(join(dir, 'out/files'), 'utf8')).toBe(
      `755 ${said.length} ${sha256Hex(said)} bin/tool.exe\n644 8 ${sha256Hex('one\ntwo\n')} share/my docs/a b.txt\n`,
    );
  });

  test('hands on every variable as it is, also with spaces and shell characters', () => {
    const make = 'COLOUR=a b; touch never\nGREETING=*`id`';
    write(
      'in/source/Makefile',
      MAKEFILE.replace('"$(TARGET_OS) $(CROSS) $(COLOUR) $(GREETING)"', "'$(COLOUR)|$(GREETING)'"),
    );
    expect(run('build.sh', { QBUILD_MAKE: make }).status).toBe(0);
    expect(readFileSync(join(dir, 'out/package/bin/tool.exe'), 'utf8')).toBe('a b; touch never|*`id`\n');
  });

  test('fails with its make and makes no list', () => {
    write('in/source/Makefile', 'all:\n\techo broken >&2; exit 3\n');
    const { status, stderr } = run('build.sh');
    expect(status).not.toBe(0);
    expect(stderr).toContain('broken');
    expect(existsSync(join(dir, 'out/files'))).toBe(false);
  });

  test('needs no dependencies', () => {
    rmSync(join(dir, 'in/deps'), { recursive: true });
    write('in/source/Makefile', 'all:\ninstall:\n\tmkdir -p $(DESTDIR)/bin; echo x >$(DESTDIR)/bin/x\n');
    expect(run('build.sh').status).toBe(0);
    expect(listed('out')).toEqual(['files', 'package/bin/x']);
  });

  test('changes nothing of its inputs', () => {
    const before = statSync(join(dir, 'in/source'));
    write('in/source/Makefile', `${MAKEFILE}all: spoil\nspoil:\n\techo x >Makefile.new\n`);
    expect(run('build.sh').status).toBe(0);
    expect(listed('in/source')).toEqual(['Makefile']);
    expect(statSync(join(dir, 'in/source')).ino).toBe(before.ino);
  });
});

describe('checking a component', () => {
  beforeEach(() => write('in/source/Makefile', MAKEFILE));

  test('builds for this system, and stages nothing that nobody needs', () => {
    write('in/deps/one/include/one.h', 'one\n');
    const { status, stdout } = run('check.sh', { QBUILD_NEEDED_BY_OTHERS: 'no', QBUILD_MAKE: 'COLOUR=red' });
    expect(status).toBe(0);
    expect(stdout).toContain('checked red');
    expect(listed('out')).toEqual([]);
    expect(statSync(join(dir, 'out/native')).isDirectory()).toBe(true);
  });

  test('stages the native build for the tests of others', () => {
    write('in/deps/one/include/one.h', 'one\n');
    expect(run('check.sh', { QBUILD_NEEDED_BY_OTHERS: 'yes' }).status).toBe(0);
    expect(listed('out/native')).toContain('lib/own.a');
  });

  test('fails when the tests of the component do', () => {
    write('in/source/Makefile', 'all:\ncheck:\n\techo one test failed; false\n');
    const { status, stdout } = run('check.sh', { QBUILD_NEEDED_BY_OTHERS: 'yes' });
    expect(status).not.toBe(0);
    expect(stdout).toContain('one test failed');
  });
});
