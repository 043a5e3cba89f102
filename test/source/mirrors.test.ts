// The table of mirrors.
import { describe, expect, test } from 'vitest';
import { aptUrl, mirrored } from '../../src/source/mirrors.ts';

describe('mirrors', () => {
  const mirrors = {
    'http://deb.debian.org/debian': 'http://cache.example/deb/',
    'http://deb.debian.org/debian/pool/main/l/': 'file:///pool/l',
    'https://github.com/': 'https://git.example/mirror',
  };

  test.each([
    ['http://deb.debian.org/debian/pool/main/a/a.deb', 'http://cache.example/deb/pool/main/a/a.deb'],
    ['http://deb.debian.org/debian', 'http://cache.example/deb'],
    ['http://deb.debian.org/debian-security/x', 'http://deb.debian.org/debian-security/x'],
    ['http://deb.debian.org/debian/pool/main/l/l.deb', 'file:///pool/l/l.deb'],
    ['https://github.com/QubesOS/x', 'https://git.example/mirror/QubesOS/x'],
    ['https://example.org/', 'https://example.org/'],
  ])('%s becomes %s', (from, to) => {
    expect(mirrored(from, mirrors)).toBe(to);
  });

  test('the URL for apt has no trailing slash and one slash after file:', () => {
    expect(aptUrl('file:///srv/debian/', {})).toBe('file:/srv/debian');
    expect(aptUrl('file:/srv/debian', {})).toBe('file:/srv/debian');
    expect(aptUrl('http://deb.debian.org/debian/', mirrors)).toBe('http://cache.example/deb');
  });
});
