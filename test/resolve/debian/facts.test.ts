// Packaging facts: what is read from debian/control and debian/changelog, and what is refused.
import { describe, expect, test } from 'vitest';
import { parseDebianFacts } from '../../../src/resolve/debian/facts.ts';

const CONTROL = `Source: greet
Build-Depends: debhelper-compat (= 13), libx-dev <!nocheck>
Build-Depends-Indep: pandoc
Build-Conflicts: old-x

Package: libgreet1
Architecture: any
Pre-Depends: init
Depends: \${shlibs:Depends}, libx1 (>= 2)
Build-Profiles: <!noinsttest>

Package: libgreet-dev
Architecture: amd64 arm64
Depends: libgreet1 (= \${binary:Version})
Provides: libgreeting-dev (= 2), greet-headers
`;
const CHANGELOG = `
greet (1:2.0-3) bookworm unstable; urgency=medium

  * Later.

 -- A <a@example.org>  Thu, 01 Jan 2026 00:00:00 +0000

greet (1.0-1) unstable; urgency=medium
`;

const parse = (control: string, changelog = CHANGELOG) => parseDebianFacts(control, changelog, '/src');

describe('packaging facts', () => {
  test('are source, version, build relations and binary packages', () => {
    expect(parse(CONTROL)).toEqual({
      ok: true,
      value: {
        source: 'greet',
        version: '1:2.0-3',
        buildDepends: ['debhelper-compat (= 13)', 'libx-dev <!nocheck>', 'pandoc'],
        buildConflicts: ['old-x'],
        binaries: [
          {
            name: 'libgreet1',
            architectures: ['any'],
            profiles: '<!noinsttest>',
            depends: ['init', 'libx1 (>= 2)'],
            provides: [],
          },
          {
            name: 'libgreet-dev',
            architectures: ['amd64', 'arm64'],
            profiles: '',
            depends: ['libgreet1'],
            provides: ['libgreeting-dev (= 2)', 'greet-headers'],
          },
        ],
      },
    });
  });

  const refused = (control: string, changelog?: string) => {
    const parsed = parse(control, changelog);
    if (parsed.ok) throw new Error('it was taken');
    const { code, place, message } = parsed.error;
    return [code, place, message];
  };

  test('are refused where debian/control is malformed, with the line', () => {
    expect(refused('Source: greet\nnonsense\n')).toEqual([
      'deb/malformed-control',
      '/src/debian/control:2',
      'debian/control cannot be read: this is no `Field: value`.',
    ]);
    expect(refused(CONTROL.replace('pandoc', 'pandoc $(id)'))).toEqual([
      'deb/malformed-control',
      '/src/debian/control:3',
      'debian/control cannot be read: Build-Depends-Indep has "pandoc $(id)", which is no relation.',
    ]);
    expect(refused('Source: greet\n')[2]).toContain('no paragraph describes a binary package');
    expect(refused('Package: x\n')[2]).toContain('no sound `Source`');
    expect(refused('Source: ../x\n\nPackage: x\nArchitecture: any\n')[2]).toContain('no sound `Source`');
    expect(refused('Source: greet\n\nPackage: x y\nArchitecture: any\n')).toEqual([
      'deb/malformed-control',
      '/src/debian/control:3',
      'debian/control cannot be read: the paragraph has no sound `Package`.',
    ]);
    expect(refused('Source: greet\n\nPackage: xy\n')[2]).toContain('has no `Architecture`');
  });

  test('are refused with a changelog that dpkg refuses', () => {
    expect(refused(CONTROL, '').slice(0, 2)).toEqual(['deb/malformed-changelog', '/src/debian/changelog:1']);
    expect(refused(CONTROL, '\n\ngreet 1.0 unstable\n').slice(0, 2)).toEqual([
      'deb/malformed-changelog',
      '/src/debian/changelog:3',
    ]);
    expect(refused(CONTROL, 'greet (one) unstable; urgency=low\n')).toEqual([
      'deb/bad-version',
      '/src/debian/changelog:1',
      'dpkg refuses the version "one".',
    ]);
  });
});
