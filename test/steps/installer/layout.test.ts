// Which files are installed, and which trees and payloads are refused before anything is built.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';
import { scratch } from './fixture.ts';

const PROGRAM = join(import.meta.dirname, '../../../src/steps/installer/layout.pl');
const dir = scratch('layout');
const inputs = join(dir, 'in');
const out = join(dir, 'out');

function put(path: string, content = 'x'): void {
  mkdirSync(dirname(join(inputs, path)), { recursive: true });
  writeFileSync(join(inputs, path), content);
}

/** Runs layout.pl with records whose fields are separated by spaces; what it complained of. */
function layout(...records: readonly string[]): string {
  writeFileSync(join(dir, 'layout'), records.map((record) => `${record.replaceAll(' ', '\t')}\n`).join(''));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  try {
    execFileSync('perl', [PROGRAM, join(dir, 'layout'), inputs, '1700000000', out], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

const list = (name: string) => readFileSync(join(out, name), 'utf8');

beforeEach(() => {
  rmSync(inputs, { recursive: true, force: true });
  mkdirSync(join(inputs, 'component-a'), { recursive: true });
});

describe('the layout', () => {
  test('lists files of the chosen sub-trees in order of bytes, with copies of one time', () => {
    put('component-a/bin/b.exe', 'b');
    put('component-a/bin/B/ü $x.txt', 'odd');
    put('component-a/include/x.h');
    put('component-b/share/deep/er/file', 'deep');
    utimesSync(join(inputs, 'component-a/bin/b.exe'), 1, 1);
    expect(layout('feature core', 'tree a core bin', 'tree a core share', 'tree b tools share')).toBe('');
    expect(list('files')).toBe('core\tbin/B/ü $x.txt\t0\ncore\tbin/b.exe\t1\ntools\tshare/deep/er/file\t2\n');
    expect(list('content/1')).toBe('b');
    expect(list('features')).toBe('core\n');
    const times = execFileSync('stat', [
      '-c',
      '%Y',
      join(out, 'content/0'),
      join(out, 'content/1'),
    ]).toString();
    expect(times).toBe('1700000000\n1700000000\n');
  });

  test('measures payloads, in one file or in parts', () => {
    put('payload-one', 'one');
    put('payload-two/t.001', 'first');
    put('payload-two/t.002', 'second');
    expect(layout('payload one core source/one.tar one-1.0.tar 0', 'payload two core disks/two x 1')).toBe(
      '',
    );
    expect(list('payloads').trimEnd().split('\n')).toEqual([
      `one\tcore\tsource/one.tar\t0\tone-1.0.tar\t${sha256Hex('one')}\t3\t0`,
      `two\tcore\tdisks/two\t0\tt.001\t${sha256Hex('first')}\t5\t1`,
      `two\tcore\tdisks/two\t1\tt.002\t${sha256Hex('second')}\t6\t1`,
    ]);
  });
});

describe('the layout refuses', () => {
  test('a file that two components own, whatever the case', () => {
    put('component-a/bin/Tool.exe');
    put('component-b/bin/tool.exe');
    expect(layout('tree a core bin', 'tree b core bin')).toContain(
      'bin/tool.exe: owned by component a and by component b',
    );
  });

  test('a payload at the place of a file', () => {
    put('component-a/bin/tool.exe');
    put('payload-p');
    expect(layout('tree a core bin', 'payload p core bin/tool.exe p 0')).toContain(
      'bin/tool.exe: owned by component a and by payload p',
    );
  });

  test.each(['nul.txt', 'a:b', 'a?', 'a*b', 'a"b', 'a<b', 'a|b', 'a\\b', 'dot.', 'space ', 'tab\tx', 'COM1'])(
    'the file name %j, which is none on Windows',
    (name) => {
      put(`component-a/bin/${name}`);
      expect(layout('tree a core bin')).toContain('is no file name on Windows');
    },
  );

  test('names of the installer’s own, names that are not UTF-8, and names that are too long', () => {
    put('component-a/uninstall.exe/x');
    rmSync(join(inputs, 'component-a/uninstall.exe'), { recursive: true });
    put('component-a/uninstall.exe');
    put(`component-a/bin/${'x'.repeat(100)}/${'y'.repeat(100)}`);
    writeFileSync(Buffer.concat([Buffer.from(join(inputs, 'component-a/bin/')), Buffer.from([0xff])]), 'x');
    const told = layout('tree a core bin', 'tree a core uninstall.exe');
    expect(told).toContain("uninstall.exe: a name of the installer's own");
    expect(told).toContain('not UTF-8');
    expect(told).toContain('longer than 180 characters');
  });

  test('links, even to files of the same tree', () => {
    put('component-a/bin/real');
    symlinkSync('real', join(inputs, 'component-a/bin/link'));
    symlinkSync('/etc', join(inputs, 'component-a/share'));
    const told = layout('tree a core bin', 'tree a core share');
    expect(told).toContain('bin/link: a link in component a');
    expect(told).toContain('share: a link in component a');
  });

  test('a missing tree, a program that nobody installs, and payloads that are not there', () => {
    expect(layout('tree absent core bin')).toContain("the component's staged tree is missing");
    mkdirSync(join(inputs, 'payload-empty'));
    const told = layout(
      'need bin/service.exe component a',
      'payload p core p p 0',
      'payload empty core e e 0',
    );
    expect(told).toContain('bin/service.exe: needed by component, but no component installs it');
    expect(told).toContain('payload p: p is no plain file');
    expect(told).toContain('payload empty: has no parts');
  });
});
