// Spec files with placeholders, by the script that a sandbox runs and the real rpmbuild.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch, sh } from '../../source/fixture/scratch.ts';

const SCRIPT = join(import.meta.dirname, '../../../src/steps/rpm/build.sh');

const spec = (name: string) => `Name: ${name}
Version: @VERSION@
Release: @REL@
Summary: For @BACKEND_VMM@, says someone@example.org
License: MIT
BuildArch: noarch
%description
Nothing.
%files
%changelog
@CHANGELOG@
`;

interface Built {
  readonly exitCode: number | null;
  readonly said: string;
  /** Names of the packages. */
  readonly rpms: readonly string[];
  readonly dir: string;
}

function build(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>): Built {
  const dir = scratch();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, 'in/source', path)), { recursive: true });
    writeFileSync(join(dir, 'in/source', path), content);
  }
  mkdirSync(join(dir, 'work'));
  const { status, stdout, stderr } = spawnSync('bash', [SCRIPT], {
    cwd: join(dir, 'work'),
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      LC_ALL: 'C.UTF-8',
      QBUILD_IN: join(dir, 'in'),
      QBUILD_OUT: join(dir, 'out'),
      SOURCE_DATE_EPOCH: '1767225600',
      ...env,
    },
  });
  const out = join(dir, 'out/rpms');
  const rpms = status === 0 ? readdirSync(out).sort() : [];
  return { exitCode: status, said: stdout + stderr, rpms, dir: out };
}

describe('a spec file with placeholders', () => {
  const files = { version: '4.2.8\n', rel: '3\n', 'rpm/saw.spec.in': spec('saw') };

  test('is filled in from the files of the source, and from the recipe', () => {
    const { exitCode, said, rpms, dir } = build(files, { QBUILD_PLACEHOLDERS: 'BACKEND_VMM=a|b&c' });
    expect([exitCode, rpms], said).toEqual([0, ['saw-4.2.8-3.noarch.rpm']]);
    const query = ['--query', '--package', join(dir, rpms[0] ?? ''), '--queryformat'];
    expect(sh('rpm', [...query, '%{summary}\n%{changelogtext}\n%{changelogtime}'])).toBe(
      'For a|b&c, says someone@example.org\n- Built from this version of the source.\n1767268800',
    );
  });

  test('is one of several that are built together', () => {
    const both = { ...files, 'rpm/blade.spec.in': spec('blade') };
    const env = { QBUILD_PLACEHOLDERS: 'BACKEND_VMM=x', QBUILD_VERSION: '5', QBUILD_RELEASE: '1' };
    const { rpms, said } = build(both, { ...env, QBUILD_SPECS: 'rpm/saw.spec\nrpm/blade.spec' });
    expect(rpms, said).toEqual(['blade-5-1.noarch.rpm', 'saw-5-1.noarch.rpm']);
    expect(build(both, env).said).toContain('the source has 2 spec files (rpm/blade.spec rpm/saw.spec)');
  });

  test('is refused with one that nobody states', () => {
    const { exitCode, said } = build(files, {});
    expect([exitCode, said]).toEqual([
      1,
      'error: rpm/saw.spec.in has the placeholder @BACKEND_VMM@; state it with `placeholders` in the recipe\n',
    ]);
  });
});
